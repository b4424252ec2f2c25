"""The house stands as its plan says."""

import ast
import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

PROJECT = Path(__file__).parents[1]
SOURCE = PROJECT / "src" / "kissbot"
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


async def lint(project: Path) -> tuple[int, str]:
    """What import-linter says of the house at `project`: its exit status and its words."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", LINT),
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_imports_point_only_downwards_and_features_do_not_know_each_other() -> None:
    status, told = await lint(PROJECT)
    assert status == 0, told


@pytest.mark.parametrize(
    ("module", "planted"),
    [
        ("chat/lines.py", "import kissbot.features.help"),
        ("knowledge/games/names.py", "import kissbot.providers.host"),
        ("bus/memory.py", "import kissbot.storage.memory"),
        ("features/help.py", "import kissbot.features.birthday"),
    ],
)
async def test_a_wrong_import_is_seen(tmp_path: Path, module: str, planted: str) -> None:
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    copied = tmp_path / "src" / "kissbot"
    shutil.copytree(SOURCE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    with (copied / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{planted}\n")
    status, told = await lint(tmp_path)
    assert status == 1, told
    assert planted.removeprefix("import ") in told


def modules() -> Iterator[Path]:
    return SOURCE.rglob("*.py")


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's body, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_are_short() -> None:
    lengths = [
        body_length(node)
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert median(lengths) <= 8


def test_modules_are_small_and_say_what_they_are() -> None:
    for path in modules():
        code = path.read_text(encoding="utf-8")
        assert len(code.splitlines()) <= 400, path
        assert ast.get_docstring(ast.parse(code)), path
