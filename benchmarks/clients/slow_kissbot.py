"""KissBot's own command line, with one more folder in which it finds features."""

from pathlib import Path

import kissbot.features
from kissbot.app.cli import main

if __name__ == "__main__":
    kissbot.features.__path__.append(str(Path(__file__).parent / "features"))
    main()
