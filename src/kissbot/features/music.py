"""!qmusic: which song is meant; what moderators confirm of it is remembered."""

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.knowledge.music import MUSIC, MusicDomain, SongLibrary
from kissbot.knowledge.truth.telling import question
from kissbot.knowledge.truth.truth import Truth

feature = Feature("music")


@feature.at_start
def songs(truth: Truth, library: SongLibrary) -> None:
    """Songs can be settled."""
    truth.add(MusicDomain(library))


@feature.command(
    "qmusic",
    usage="<artist - title>",
    cooldown=10,
    example=("!qmusic daft punk - one more time", "1. ⚛️ Daft Punk - One More Time (2000)"),
)
async def which_song(asked: Invocation, truth: Truth) -> Reply:
    """Which songs a name may stand for, or the one that moderators have confirmed."""
    return await question(asked, truth, MUSIC)
