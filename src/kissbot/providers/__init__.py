"""The outside that knows things: one file per source, named after it."""
