"""Settings, wiring and the command line, used as a person would."""
