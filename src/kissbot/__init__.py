"""KissBot: a Twitch chat bot that knows games, answers shortly and honestly, and never goes silent."""

__version__ = "0.1.0"
