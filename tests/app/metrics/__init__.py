"""Figures of the running bot."""
