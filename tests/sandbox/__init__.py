"""The sandbox keeps Twitch's rules."""
