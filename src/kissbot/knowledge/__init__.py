"""What the bot knows and how it decides: no chat, no I/O."""
