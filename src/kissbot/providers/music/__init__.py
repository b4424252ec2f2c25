"""Where songs are known."""
