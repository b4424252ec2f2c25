"""Examines everything that the bot stands on."""
