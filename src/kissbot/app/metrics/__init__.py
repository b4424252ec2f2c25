"""Figures of the running bot: for Prometheus, in a file, and in the terminal."""
