"""Findings as the command line shows them, and how it ends."""

from collections.abc import Mapping, Sequence
from typing import Final

import click
import msgspec
from msgspec import Struct

LINKS: Final = {True: "✓", False: "✗", None: "–"}
CHECKS: Final = {True: "OK", False: "✗ ", None: "– "}


class Finding(Struct, frozen=True):
    """What was found. It never holds a secret."""

    name: str
    ok: bool | None
    """None: it could not be told, and that needs nobody."""
    says: str
    remedy: str = ""


Signs = Mapping[bool | None, str]


def show(
    findings: Sequence[Finding], as_json: bool, signs: Signs = CHECKS, *, remedies: int | None = None
) -> None:
    """Print them, with so many remedies (None: all). Ends the command with 1 when something is to be done."""
    broken = [finding for finding in findings if finding.ok is False]
    if as_json:
        click.echo(msgspec.json.encode(findings).decode())
    else:
        width = max((len(finding.name) for finding in findings), default=0)
        mended = broken[:remedies]
        for finding in findings:
            name = f"{signs[finding.ok]} {finding.name:<{width}}"
            click.echo(f"{name}  {finding.says}")
            if finding in mended and finding.remedy:
                click.echo(f"{'':<{len(name)}}  → {finding.remedy}")
    if broken:
        raise click.exceptions.Exit(1)
