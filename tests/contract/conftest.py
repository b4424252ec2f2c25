"""Every kind of database, for the contracts that databases keep."""

from kissbot.testing.databases import *  # noqa: F403 - pytest finds fixtures by their names here
