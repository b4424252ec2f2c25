"""What is handed out: a wheel, a unit of systemd, a container."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
UNIT = PROJECT / "deploy" / "kissbot.service"
DOCKERFILE = PROJECT / "Dockerfile"
MOST_EXPOSED = 2.0
"""Of ten, by systemd's own reckoning."""


def run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        words, capture_output=True, text=True, check=False, env=clean | environment, timeout=120
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a fresh environment that has the wheel, and what it needs from ours."""
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # builds leave things behind
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, source)
    shutil.copytree(PROJECT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    built = run(
        *pip, "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, source
    )
    if "No module named pip" in built.stderr:
        pytest.skip("pip is not installed")
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("kissbot-*.whl")
    made = run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    assert made.returncode == 0, made.stderr
    commands = folder / "venv" / "bin"
    put = run(*pip, f"--python={commands / 'python'}", "install", "--no-deps", "--no-index", wheel)
    assert put.returncode == 0, put.stderr
    lends = Path(
        run(commands / "python", "-c", "import site; print(site.getsitepackages()[0])").stdout.strip()
    )
    (lends / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return commands


def test_the_wheel_has_everything_that_is_not_code(installed: Path) -> None:
    script = "import kissbot, pathlib; print(pathlib.Path(kissbot.__file__).parent)"
    home = Path(run(installed / "python", "-c", script).stdout.strip())
    assert home.is_relative_to(installed.parent), "not the wheel's"
    ours = PROJECT / "src" / "kissbot"
    data = {path.relative_to(ours) for path in ours.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    there = {path.relative_to(home) for path in home.rglob("*") if path.is_file()}
    assert data <= there
    assert any(path.suffix == ".html" for path in data)


def test_the_demo_of_the_wheel_works(installed: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [installed / "kissbot", "demo", "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    ) as process:
        try:
            assert process.stdout
            assert re.search(r"KissBot is chatting at http://\S+", process.stdout.readline())
        finally:
            process.terminate()
    assert process.returncode == 0


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    return run("systemd-analyze", *words)


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    copied = tmp_path / UNIT.name
    program = "/opt/kissbot/bin/kissbot"  # is not on this machine
    copied.write_text(UNIT.read_text().replace(f"ExecStart={program}", f"ExecStart={sys.executable}"))
    told = analyze("verify", "--man=no", copied)
    assert (told.returncode, told.stderr) == (0, "")


def test_the_unit_is_hardened() -> None:
    told = analyze("security", "--offline=yes", "--no-pager", UNIT)
    if "unrecognized option" in told.stderr:
        pytest.skip("this systemd-analyze is too old to judge a file")
    found = re.search(r"exposure level for kissbot.service: ([\d.]+)", told.stdout)
    assert found, told.stdout + told.stderr
    assert float(found[1]) <= MOST_EXPOSED


def test_the_unit_calls_a_command_that_there_is() -> None:
    (words,) = re.findall(r"^ExecStart=\S+ (.*)$", UNIT.read_text(), re.MULTILINE)
    assert re.search(r"^Type=notify$", UNIT.read_text(), re.MULTILINE)
    done = run(sys.executable, "-m", "kissbot", *words.split(), PYTHONPATH=str(PROJECT / "src"))
    assert "there is no such file" in done.stderr  # its configuration: the words themselves are right


def test_the_container_is_not_root_and_tells_of_its_health() -> None:
    steps = instructions(DOCKERFILE.read_text())
    last = max(number for number, (name, _) in enumerate(steps) if name == "FROM")
    final = dict(steps[last:])
    assert int(final["USER"].partition(":")[0]) > 0
    assert "connection" in final["HEALTHCHECK"]
    assert final["ENTRYPOINT"] == '["kissbot"]'


def test_what_the_container_is_built_of_is_let_in() -> None:
    let_in = {
        line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    }
    copied = [
        word
        for name, words in instructions(DOCKERFILE.read_text())
        if name == "COPY" and not words.startswith("--from")
        for word in words.split()[:-1]
    ]
    assert copied
    for name in copied:
        assert name.removeprefix("./") in let_in
        assert (PROJECT / name).exists()


def instructions(text: str) -> Sequence[tuple[str, str]]:
    """The steps of a Dockerfile, with lines joined that go on."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, words) for name, _, words in (line.partition(" ") for line in joined.splitlines())]


def test_the_container_is_linted() -> None:
    if not shutil.which("hadolint"):
        pytest.skip("hadolint is not installed")
    told = run("hadolint", DOCKERFILE)
    assert told.returncode == 0, told.stdout


def test_the_container_is_built() -> None:
    builder = next((name for name in ("docker", "podman") if shutil.which(name)), None)
    if builder is None or run(builder, "info").returncode:
        pytest.skip("there is no builder of containers that runs")
    if os.environ.get("BUILD_CONTAINER") != "1":
        pytest.skip("BUILD_CONTAINER=1 builds it, which takes a network and minutes")
    built = subprocess.run(
        [builder, "build", "--quiet", PROJECT], capture_output=True, text=True, check=False, timeout=1800
    )
    assert built.returncode == 0, built.stderr
