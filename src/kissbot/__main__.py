"""`python -m kissbot`: the command line."""

from kissbot.app.cli import main

main()
