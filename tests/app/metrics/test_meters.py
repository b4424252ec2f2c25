"""The figures keep to Prometheus's conventions, and what is shipped for it uses figures that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kissbot.app.metrics.meters import METERS, PROCESS

DEPLOY = Path(__file__).parents[3] / "deploy"
PROMTOOL = shutil.which("promtool")

KNOWN_LABELS = {
    *("version", "outcome", "command", "step", "reason", "way", "state", "kind"),
    *("source", "model", "budget", "cache", "why"),
}
"""Those whose values are few: who adds one has made sure that no viewer can make up a value."""


@pytest.fixture
def promtool() -> str:
    if not PROMTOOL:
        pytest.skip("no promtool on this machine (Debian: apt install prometheus)")
    return PROMTOOL


def test_names_are_as_prometheus_wants_them() -> None:
    names = [meter.name for meter in METERS]
    assert len(set(names)) == len(names)
    for meter in METERS:
        assert re.fullmatch(r"kissbot_[a-z]+(_[a-z]+)*", meter.name)
        assert not meter.name.endswith(("_total", "_count", "_sum", "_bucket", "_ms", "_milliseconds", "_mb"))
        assert meter.help.endswith(".")
        assert set(meter.labels) <= KNOWN_LABELS
        if meter.kind == "histogram":
            assert meter.name.endswith("_seconds")


def used() -> Iterator[str]:
    """Every figure that the alerts and the dashboard read."""
    for file in DEPLOY.iterdir():
        if file.suffix in (".yml", ".json"):
            yield from re.findall(r"\b((?:kissbot|process)_[a-z_]+)\b", file.read_text())


def test_alerts_and_dashboard_read_figures_that_exist() -> None:
    exist = {meter.shown for meter in METERS if meter.kind != "histogram"} | set(PROCESS)
    for meter in METERS:
        if meter.kind == "histogram":
            exist |= {f"{meter.name}_{part}" for part in ("bucket", "sum", "count")}
    assert set(used()) - exist == set()


def test_every_figure_of_the_bot_is_on_the_dashboard() -> None:
    shown = (DEPLOY / "grafana-dashboard.json").read_text()
    assert [meter.name for meter in METERS if meter.name not in shown] == []


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    board = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_prometheus_understands_the_rules(promtool: str) -> None:
    for words in (["check", "config", "prometheus.yml"], ["test", "rules", "prometheus-alerts.test.yml"]):
        done = subprocess.run([promtool, *words], cwd=DEPLOY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried() -> None:
    rules = (DEPLOY / "prometheus-alerts.yml").read_text()
    tried = (DEPLOY / "prometheus-alerts.test.yml").read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    assert alerts
    assert [alert for alert in alerts if f"alertname: {alert}\n" not in tried] == []
