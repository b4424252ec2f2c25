"""A few articles of our own, for where there is no network: a terminal, a sandbox, a test."""

from typing import Final

from kissbot.knowledge.answers.encyclopaedia import Article, keywords
from kissbot.knowledge.games.names import normal

_WRITTEN: Final = {
    "Hades": {
        "en": "In Greek myth, the god of the dead and king of the underworld; also the name of his realm.",
        "fr": "Dans les mythes grecs, le dieu des morts et roi des enfers ; aussi le nom de son royaume.",
        "es": "En los mitos griegos, el dios de los muertos y rey del inframundo; también su reino.",
        "de": "In griechischen Sagen der Gott der Toten und König der Unterwelt; auch sein Reich heißt so.",
    },
    "Twitch": {
        "en": "A website on which people show live what they play, make or talk about, beside a chat.",
        "fr": "Un site sur lequel on montre en direct ce que l'on joue, crée ou raconte, à côté d'un chat.",
        "es": "Un sitio que muestra en directo lo que se juega, se crea o se cuenta, junto a un chat.",
        "de": "Eine Website, auf der man live zeigt, was man spielt, baut oder erzählt, neben einem Chat.",
    },
}


class Booklet:
    """Knows two things, in four languages."""

    async def look_up(self, topic: str, language: str) -> Article | None:
        """What is written here of a topic."""
        for title, summaries in _WRITTEN.items():
            if normal(title) == normal(topic):
                told = language if language in summaries else "en"
                return Article(title, summaries[told], f"https://{told}.wikipedia.org/wiki/{title}", told)
        return None

    async def extract(self, question: str, language: str, seconds: float = 0) -> Article | None:
        """The same of the topic of a question."""
        return await self.look_up(keywords(question), language)
