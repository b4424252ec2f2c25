"""Which models are asked, what they are told of the world, and the answers that come of them."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import SystemRandom
from typing import Final

import aiohttp

from kissbot.app.encyclopaedia import interpreter
from kissbot.app.llm import OPENAI, Route
from kissbot.app.llm import Budget as Limits
from kissbot.app.settings import Settings
from kissbot.chat.channels import Language
from kissbot.chat.identity import Identity
from kissbot.chat.later import Later
from kissbot.chat.ports import Clock
from kissbot.chat.tasks import Tasks
from kissbot.features.ask import Teased
from kissbot.knowledge.answers.answers import Answers, Cleaning, LookUp
from kissbot.knowledge.answers.bandit import Bandit, Experience
from kissbot.knowledge.answers.blocklist import Blocklist
from kissbot.knowledge.answers.budget import Allowance, Budget, Spendings, first_hour
from kissbot.knowledge.answers.cascade import Cascade
from kissbot.knowledge.answers.encyclopaedia import Encyclopaedia
from kissbot.knowledge.answers.fair import Turns
from kissbot.knowledge.answers.language import language_of
from kissbot.knowledge.answers.purse import Purse
from kissbot.knowledge.answers.storyteller import Storyteller
from kissbot.knowledge.answers.subjects import Subjects, told
from kissbot.providers.games.offline import read_catalogue
from kissbot.providers.models.moderation import Moderation
from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible, watch
from kissbot.providers.pace import Breaker
from kissbot.storage.trouble import StorageTrouble

WAITING: Final = 8
"""So many may wait for each that is put at the same time: more would not have their turn in time."""

REST: Final = 10.0
LONGEST: Final = 60.0
"""Seconds for which a model is left alone that failed again and again: at first, and at most."""


KEEPS_UP: Final = 60.0
"""Seconds between two looks at what other processes have learnt of models."""


@dataclass(frozen=True)
class Surroundings:
    """What answers are made with, beside the models."""

    http: aiohttp.ClientSession
    experience: Experience
    spendings: Spendings
    encyclopaedia: Encyclopaedia
    clock: Clock
    tasks: Tasks


async def answers_by_models(settings: Settings, around: Surroundings) -> Answers:
    """Answers by the models that the settings name, of which there may be none. Raises `StorageTrouble`."""
    llm, clock, experience = settings.llm, around.clock, around.experience
    models = asked(settings, around.http)
    bandit = Bandit(await experience.all())
    if models:
        around.tasks.start(watch(models), "look at models that rest")
        around.tasks.start(_keep_up(bandit, experience), "learn from other processes")
    cascade = Cascade(models, bandit, experience.note, SystemRandom())
    kept = await around.spendings.since(first_hour(clock.time()))
    purse = Purse(Budget(*allowances(llm.budget), kept), around.spendings, clock)
    cleaning = Cleaning(Blocklist(llm.never_say), llm.links, _moderation(settings, around.http))
    facts, turns = facts_from(around.encyclopaedia), Turns(llm.at_once, everywhere=llm.at_once * WAITING)
    return Answers(cascade, turns, purse, cleaning, clock, facts, around.tasks)


def asked(settings: Settings, http: aiohttp.ClientSession) -> list[OpenAiCompatible]:
    """The models that the settings name."""
    llm = settings.llm
    return [_model(http, route, llm.at_once) for route in llm.asked(settings.apis.openai_key)]


def in_words(answers: Answers, settings: Settings, bot: Identity, around: Surroundings) -> dict[type, object]:
    """What features need to answer in words."""
    return {
        Answers: answers,
        Encyclopaedia: around.encyclopaedia,
        Storyteller: Storyteller(answers, bot, around.clock, SystemRandom()),
        Teased: Teased(settings.llm.tease),
        **interpreter(settings, around.http, answers.models, language_of, answers.may_say),
    }


async def _keep_up(bandit: Bandit, experience: Experience) -> None:
    """Know what other processes have learnt, too."""
    while True:
        await asyncio.sleep(KEEPS_UP)
        with suppress(StorageTrouble):
            bandit.take(await experience.all())


def facts_from(encyclopaedia: Encyclopaedia) -> LookUp:
    """Looks up what a question is about: a game by its record, everything else in the encyclopaedia."""
    subjects = Later(lambda: Subjects(read_catalogue()))

    async def facts(question: str, language: Language) -> str:
        if game := (await subjects.get()).of(question):
            return told(game, language)
        article = await encyclopaedia.extract(question, language)
        return f"{article.title}: {article.summary}" if article else ""

    return facts


def _moderation(settings: Settings, http: aiohttp.ClientSession) -> Moderation | None:
    url = settings.llm.moderation_endpoint
    return Moderation(http, url, settings.apis.openai_key if url.startswith(OPENAI) else "") if url else None


def _model(http: aiohttp.ClientSession, route: Route, at_once: int) -> OpenAiCompatible:
    endpoint = Endpoint(
        name=route.name,
        url=route.url,
        model=route.model,
        key=route.key,
        tokens_field=route.tokens,
        stream=route.stream,
        at_once=at_once,
    )
    return OpenAiCompatible(http, endpoint, breaker=Breaker(rest=REST, longest=LONGEST))


def allowances(limits: Limits) -> tuple[Allowance, Allowance]:
    """Of a channel, and of a viewer in it."""
    channel = Allowance(
        requests_an_hour=limits.channel_requests_per_hour,
        requests_a_day=limits.channel_requests_per_day,
        tokens_a_day=limits.channel_tokens_per_day,
    )
    return channel, Allowance(requests_an_hour=limits.viewer_requests_per_hour)
