"""Services reach handlers by type: looked up once at start, and a missing one stops the start."""

from collections.abc import Awaitable, Callable, Mapping
from inspect import Parameter, signature
from typing import Any, get_type_hints

from kissbot.chat.commands import Handler, Reply


class MissingService(Exception):
    """A handler asks for a service that nobody provides."""


def bind(handler: Handler, services: Mapping[type, object]) -> Callable[[Any], Awaitable[Reply]]:
    """The handler with all its services filled in; what remains is the event that it answers."""
    hints = get_type_hints(handler)
    _event, *wanted = signature(handler).parameters.values()
    found = {parameter.name: _provided(handler, parameter, hints, services) for parameter in wanted}

    async def bound(event: Any) -> Reply:
        return await handler(event, **found)

    return bound if found else handler


def _provided(
    handler: Handler, parameter: Parameter, hints: Mapping[str, type], services: Mapping[type, object]
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
