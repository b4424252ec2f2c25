"""Backups are made, proved and restored."""
