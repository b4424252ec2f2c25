"""Twitch: EventSub for what happens, Helix for what is asked and said."""
