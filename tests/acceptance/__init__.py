"""The whole bot, as a person would try it."""
