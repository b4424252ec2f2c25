"""Which models are asked, and the answers that come of them."""

from random import SystemRandom

import aiohttp

from kissbot.app.llm import Budget as Limits
from kissbot.app.llm import Route
from kissbot.app.settings import Settings
from kissbot.chat.identity import Identity
from kissbot.chat.ports import Clock
from kissbot.chat.tasks import Tasks
from kissbot.features.ask import Teased
from kissbot.knowledge.answers.answers import Answers, Cleaning, LookUp
from kissbot.knowledge.answers.bandit import Bandit, Experience
from kissbot.knowledge.answers.blocklist import Blocklist
from kissbot.knowledge.answers.budget import Allowance, Budget, Spendings, first_hour
from kissbot.knowledge.answers.cascade import Cascade
from kissbot.knowledge.answers.fair import Turns
from kissbot.knowledge.answers.purse import Purse
from kissbot.knowledge.answers.storyteller import Storyteller
from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible


async def answers_on_the_web(
    settings: Settings,
    http: aiohttp.ClientSession,
    experience: Experience,
    spendings: Spendings,
    clock: Clock,
    look_up: LookUp,
    tasks: Tasks,
) -> Answers:
    """Answers by the models that the settings name, which may be none. Raises `StorageTrouble`."""
    llm = settings.llm
    routes = [
        OpenAiCompatible(http, _endpoint(route, llm.at_once)) for route in llm.asked(settings.apis.openai_key)
    ]
    cascade = Cascade(routes, Bandit(await experience.all()), experience.note, SystemRandom())
    kept = await spendings.since(first_hour(clock.time()))
    purse = Purse(Budget(*_allowances(llm.budget), kept), spendings, clock)
    cleaning = Cleaning(Blocklist(llm.never_say), links=llm.links)
    return Answers(cascade, Turns(llm.at_once), purse, cleaning, clock, look_up, tasks)


def thinking(answers: Answers, settings: Settings, bot: Identity, clock: Clock) -> dict[type, object]:
    """What features need to answer in words."""
    storyteller = Storyteller(answers, bot, clock, SystemRandom())
    return {Answers: answers, Storyteller: storyteller, Teased: Teased(settings.llm.tease)}


def _endpoint(route: Route, at_once: int) -> Endpoint:
    return Endpoint(
        name=route.name,
        url=route.url,
        model=route.model,
        key=route.key,
        tokens_field=route.tokens,
        stream=route.stream,
        at_once=at_once,
    )


def _allowances(limits: Limits) -> tuple[Allowance, Allowance]:
    """Of a channel, and of a viewer in it."""
    channel = Allowance(
        requests_an_hour=limits.channel_requests_per_hour,
        requests_a_day=limits.channel_requests_per_day,
        tokens_a_day=limits.channel_tokens_per_day,
    )
    return channel, Allowance(requests_an_hour=limits.viewer_requests_per_hour)
