"""Logins, their keys and their renewal."""
