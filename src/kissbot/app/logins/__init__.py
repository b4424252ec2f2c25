"""Logins between the configuration, the login service and the database."""
