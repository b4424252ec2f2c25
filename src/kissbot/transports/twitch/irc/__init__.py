"""Twitch's chat over IRC, where EventSub is not to be had."""
