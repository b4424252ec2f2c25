"""Every kind of database."""

from kissbot.testing.databases import *  # noqa: F403 - pytest finds fixtures by their names here
