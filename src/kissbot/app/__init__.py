"""Settings, wiring, roles and the command line: the room that knows all others."""
