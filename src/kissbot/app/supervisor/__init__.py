"""Looks after the bot's processes: starts them, listens to their hearts, and replaces those that fall."""
