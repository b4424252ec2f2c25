"""What the documentation says is true."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kissbot.app.cli import main
from kissbot.testing import room

PROJECT = Path(__file__).parent.parent
PAGES = (
    sorted(PROJECT.glob("*.md"))
    + sorted((PROJECT / "docs").glob("*.md"))
    + sorted(PROJECT.glob("*/README.md"))
)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (PROJECT / page).read_text(), re.DOTALL)


@pytest.mark.parametrize("tool", ["reference.py", "translations.py"])
def test_what_is_made_from_the_code_is_up_to_date(tool: str) -> None:
    done = subprocess.run(
        [sys.executable, PROJECT / "tools" / tool, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_documentation_exists(page: Path) -> None:
    script = (PROJECT / "kissbot.sh").read_text()
    words = re.findall(r"^([a-z-]+)\)", script, re.MULTILINE)  # of its own
    known = {*main.list_commands(None), *words, "COMMAND"}  # type: ignore[arg-type]
    for command in re.findall(r"\./kissbot\.sh ([\w-]+)", page.read_text()):
        assert command in known


async def test_the_recipe_for_a_command_works_as_it_is_printed() -> None:
    recipe = next(block for block in blocks("CONTRIBUTING.md", "python") if "feature = Feature" in block)
    module = ModuleType("coin")
    exec(recipe, module.__dict__)  # noqa: S102 (our own page)
    async with room(features=[module.feature]) as place:
        assert await place.hears("!coin") in ("🪙 Heads!", "🪙 Tails!")


def test_the_answers_in_the_readme_are_the_bots_own() -> None:
    readme = (PROJECT / "README.md").read_text()
    said = subprocess.run(
        [sys.executable, "-m", "kissbot", "console"],
        input="!gi botw\n!gi zelda\n!ping\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT / "docs",
    ).stdout.splitlines()
    shown = re.findall(r"`(🎮[^`]*|Pong[^`]*)`", readme)
    assert len(shown) == len(said) == 3
    for line, answer in zip(shown, said, strict=True):
        beginning = re.split(r" · …| 1\. …| \d+ ms", line)[0]
        assert answer.startswith(beginning)
