"""Twitch and the terminal, tried against what they really say and do."""
