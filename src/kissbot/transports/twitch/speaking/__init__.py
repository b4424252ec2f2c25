"""What the bot says: queued, kept inside the limits of its account, sent, and answered for."""
