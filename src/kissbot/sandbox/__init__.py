"""A Twitch of our own on loopback: real HTTP and WebSocket, the real rules, and faults on demand."""
