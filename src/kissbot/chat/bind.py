"""Services reach handlers by type: looked up once at start, and a missing one stops the start."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import Parameter, signature
from typing import Any, get_type_hints

from kissbot.chat.commands import Handler, Reply


class MissingService(Exception):
    """A handler asks for a service that nobody provides."""


def bind(handler: Handler, services: Mapping[type, object]) -> Callable[[Any], Awaitable[Reply]]:
    """The handler with all its services filled in; what remains is the event that it answers."""
    _event, *wanted = signature(handler).parameters.values()
    found = _all(handler, wanted, services)

    async def bound(event: Any) -> Reply:
        return await handler(event, **found)

    return bound if found else handler


def begin(work: Callable[..., None], services: Mapping[type, object]) -> None:
    """Do what a feature wants done at the start, with all its services filled in."""
    work(**_all(work, signature(work).parameters.values(), services))


def _all(
    handler: Callable[..., object], wanted: Iterable[Parameter], services: Mapping[type, object]
) -> dict[str, object]:
    hints = get_type_hints(handler)
    return {parameter.name: _provided(handler, parameter, hints, services) for parameter in wanted}


def _provided(
    handler: Callable[..., object],
    parameter: Parameter,
    hints: Mapping[str, type],
    services: Mapping[type, object],
) -> object:
    kind = hints.get(parameter.name)
    if kind is None or kind not in services:
        wanted = kind.__name__ if kind else "a service, but does not say of which type"
        provided = ", ".join(sorted(service.__name__ for service in services)) or "nothing"
        raise MissingService(
            f"{handler.__module__}.{handler.__qualname__}: the parameter {parameter.name!r} wants {wanted}; "
            f"provided are: {provided}"
        )
    return services[kind]
