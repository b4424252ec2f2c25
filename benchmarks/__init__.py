"""What KissBot costs, next to a bare loop and to TwitchIO, all against the same sandbox."""
