"""What viewers see: one file is one feature, and shows itself as `feature`. Found, not registered."""

from importlib import import_module
from pkgutil import iter_modules

from kissbot.chat.commands import Feature


def find_features() -> tuple[Feature, ...]:
    """Every feature in this folder, by file name."""
    modules = sorted(module.name for module in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").feature for name in modules)
