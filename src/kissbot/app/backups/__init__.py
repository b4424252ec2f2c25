"""Everything that the bot keeps, in one file, and back."""
