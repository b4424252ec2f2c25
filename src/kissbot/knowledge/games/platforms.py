"""What games run on: the long names of the sources, made short, the most important first."""

from collections.abc import Iterable
from typing import Final

_IMPORTANT: Final = (
    *("PC", "Switch 2", "Switch", "PS5", "PS4", "Xbox Series", "Xbox One", "PS3", "Xbox 360", "Wii U", "Wii"),
    *("3DS", "DS", "PS Vita", "PSP", "PS2", "Xbox", "GameCube", "PS1", "N64", "SNES", "NES", "Mega Drive"),
    *("Saturn", "Dreamcast", "GBA", "GBC", "Game Boy", "Mac", "Linux", "VR", "Mobile", "Arcade"),
)
_PLACE: Final = {name: place for place, name in enumerate(_IMPORTANT)}

_SHORT: Final = {
    "pc (microsoft windows)": "PC",
    "windows": "PC",
    "win": "PC",
    "dos": "PC",
    "macos": "Mac",
    "classic macintosh": "Mac",
    "ios": "Mobile",
    "android": "Mobile",
    "nintendo switch": "Switch",
    "nintendo switch 2": "Switch 2",
    "playstation": "PS1",
    "playstation 2": "PS2",
    "playstation 3": "PS3",
    "playstation 4": "PS4",
    "playstation 5": "PS5",
    "playstation portable": "PSP",
    "playstation vita": "PS Vita",
    "xbox series x|s": "Xbox Series",
    "xbox series s/x": "Xbox Series",
    "nintendo 64": "N64",
    "nintendo gamecube": "GameCube",
    "nintendo 3ds": "3DS",
    "new nintendo 3ds": "3DS",
    "nintendo ds": "DS",
    "nintendo dsi": "DS",
    "super nintendo entertainment system": "SNES",
    "super famicom": "SNES",
    "nintendo entertainment system": "NES",
    "family computer": "NES",
    "game boy advance": "GBA",
    "game boy color": "GBC",
    "sega mega drive/genesis": "Mega Drive",
    "genesis": "Mega Drive",
    "sega saturn": "Saturn",
    "steamvr": "VR",
    "oculus vr": "VR",
    "playstation vr": "VR",
    "playstation vr2": "VR",
    "meta quest 2": "VR",
}


def short(names: Iterable[str]) -> tuple[str, ...]:
    """`["PlayStation 4", "PC (Microsoft Windows)"]` → `("PC", "PS4")`."""
    return ordered(_SHORT.get(name.lower(), name) for name in names)


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Short names, each once, the most important first."""
    return tuple(sorted(dict.fromkeys(names), key=lambda name: _PLACE.get(name, len(_PLACE))))
