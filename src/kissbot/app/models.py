"""Which models are asked, what they are told of the world, and the answers that come of them."""

import asyncio
from collections.abc import Awaitable, Callable
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

WAITING: Final = 8
"""So many may wait for each that is put at the same time: more would not have their turn in time."""

REST: Final = 10.0
LONGEST: Final = 60.0
"""Seconds for which a model is left alone that failed again and again: at first, and at most."""


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
    if models:
        around.tasks.start(watch(models), "look at models that rest")
    cascade = Cascade(models, Bandit(await experience.all()), experience.note, SystemRandom())
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


def facts_from(encyclopaedia: Encyclopaedia) -> LookUp:
    """Looks up what a question is about: a game by its record, everything else in the encyclopaedia."""
    subjects: Callable[[], Awaitable[Subjects]] = _once(lambda: Subjects(read_catalogue()))

    async def facts(question: str, language: Language) -> str:
        if game := (await subjects()).of(question):
            return told(game, language)
        article = await encyclopaedia.extract(question, language)
        return f"{article.title}: {article.summary}" if article else ""

    return facts


def _once(make: Callable[[], Subjects]) -> Callable[[], Awaitable[Subjects]]:
    """What is made in a thread when it is first needed."""
    making: list[asyncio.Future[Subjects]] = []

    async def made() -> Subjects:
        if not making:
            making.append(asyncio.ensure_future(asyncio.to_thread(make)))
        return await asyncio.shield(making[0])

    return made


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
