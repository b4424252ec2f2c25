"""Where the bot keeps what it must not forget."""
