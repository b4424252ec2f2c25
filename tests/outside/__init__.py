"""Programs of others, unmodified, against the sandbox: they cannot tell it from Twitch."""
