"""What features look topics up in, and what they have lines translated by."""

import time
from collections.abc import Sequence

import aiohttp

from kissbot.app.settings import Settings, Urls
from kissbot.chat.tasks import Tasks
from kissbot.knowledge.answers.encyclopaedia import Encyclopaedia
from kissbot.knowledge.answers.model import Model
from kissbot.knowledge.answers.translation import ByModel, Interpreter, IsFit, LanguageOf, Translator
from kissbot.providers.booklet import Booklet
from kissbot.providers.libretranslate import LibreTranslate
from kissbot.providers.remembering import Pages
from kissbot.providers.wikipedia import HOME, Wikipedia


def encyclopaedia(
    settings: Settings, http: aiohttp.ClientSession, pages: Pages, tasks: Tasks
) -> Encyclopaedia:
    """Wikipedia, where the settings allow to ask it; else what is at hand."""
    if not is_asked(settings):
        return Booklet()
    known = settings.wikipedia
    contact = known.contact or settings.bot.source_url
    return Wikipedia(http, pages, time, tasks, url=known.url, contact=contact)


def is_asked(settings: Settings) -> bool:
    """Whether Wikipedia is: one at an address of its own is meant even where Twitch is not the real one."""
    known = settings.wikipedia
    if known.ask != "auto":
        return known.ask == "on"
    return settings.twitch.urls.oauth == Urls().oauth or known.url != HOME


def interpreter(
    settings: Settings,
    http: aiohttp.ClientSession,
    models: Sequence[Model],
    language_of: LanguageOf,
    is_fit: IsFit,
) -> dict[type, object]:
    """Who translates: the server of the settings first, then each of the models."""
    translators: list[Translator] = [ByModel(model) for model in models]
    if settings.translate.url:
        translators.insert(0, LibreTranslate(http, settings.translate.url, settings.translate.key))
    return {Interpreter: Interpreter(translators, language_of, is_fit)}
