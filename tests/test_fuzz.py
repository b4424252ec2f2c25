"""The fuzzer finds what is there to be found, and nothing else."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from typing import Any

TOOL = Path(__file__).parents[1] / "tools" / "fuzz.py"


def fuzzer() -> Any:
    """A fuzzer of the tool, which is a script."""
    spec = spec_from_file_location("fuzz", TOOL)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Fuzzer(Random(1))


def test_a_few_seconds_of_damage_do_no_harm() -> None:
    done = subprocess.run(
        [sys.executable, TOOL, "--minutes", "0.05", "--seed", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 findings" in done.stdout


def test_harm_is_found_and_named_once() -> None:
    def breaks(data: bytes) -> None:
        if b"hi" not in data:
            raise KeyError("no greeting")

    found = fuzzer()
    found.run(0, {})
    for data in (b"hi", b"ho", b"ha"):
        found.feed(breaks, data)
    assert found.inputs == {"breaks": 3}
    ((where, data),) = found.findings.items()
    assert "no greeting" in where
    assert data == "b'ho'"
