"""Feeds what reads Twitch's words with damaged ones: `python tools/fuzz.py --minutes 10 [--seed N]`.

Frames, events and IRC lines, recorded or documented (those of the shared test data where it is there), are
cut, joined, and changed in one place or many. What comes out must be understood or be a `BadFrame`, and what
is understood must be fit for the bus. Hypothesis takes turns with its own. Fails when there is a finding.
"""

import gzip
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import click
import msgspec
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from kissbot.chat.happenings import Happening
from kissbot.chat.messages import ChatMessage
from kissbot.transports.twitch.hearing import eventsub
from kissbot.transports.twitch.hearing.eventsub import BadFrame, Notification
from kissbot.transports.twitch.hearing.happened import cheered, happening
from kissbot.transports.twitch.irc import protocol as irc_protocol
from kissbot.transports.twitch.irc.lines import parse
from kissbot.transports.twitch.irc.meaning import understood
from kissbot.transports.twitch.irc.rooms import Pace
from kissbot.transports.twitch.payloads import Subscription

DATA: Final = Path(__file__).parents[2] / "shared" / "data"
AT: Final = datetime(2026, 11, 22, tzinfo=UTC)
TURN: Final = 5_000
"""Inputs until Hypothesis has its turn, of a tenth as many."""
SHOWN: Final = 10

KINDS: Final = (
    *("stream.online", "stream.offline", "channel.raid", "channel.follow", "channel.cheer"),
    *("channel.subscribe", "channel.subscription.message", "channel.subscription.gift"),
    "channel.chat.notification",
)
ODD: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 2**63, 2**64, 10**40, 1.5, "", "\x00", "é", "1000", "2026-13-45T99:99:99Z"),
    *([], {}, [[]], {"id": None}),
)
PIECES: Final = tuple(
    piece.encode()
    for piece in (
        *("@", ":", " ", " :", ";", "=", "\\", "\r\n", "\n", "#", "\x00", "\x01ACTION", "é", '"', "{", "}"),
        *("[" * 2_000, "9" * 400, "-1", "null", "\\ud800", "tmi-sent-ts=", "bits=", "msg-id=raid", "PRIVMSG"),
    )
)


def read_frame(data: bytes) -> None:
    """A frame of EventSub, and what it tells of."""
    event = eventsub.Session(0).receive(data, 0)
    travels(happening(event) if isinstance(event, Notification) else event)


def read_event(data: bytes) -> None:
    """The same event under every name."""
    for kind in KINDS:
        with suppress(BadFrame):
            travels(happening(Notification("n", Subscription("s", kind), data, AT)))


def read_line(data: bytes) -> None:
    """A line of IRC."""
    travels(understood(parse(data.decode(errors="replace"))))


def read_lines(data: bytes) -> None:
    """A whole connection over IRC, in two pieces. Nothing at all may be raised."""
    session = irc_protocol.Session("kissbot", "secret", Pace(), 0)
    session.rooms.want("ada")
    for piece in (data[: len(data) // 2], data[len(data) // 2 :], b"\r\n"):
        for event in session.receive(piece, 0):
            travels(event)
        session.tend(0)
        session.outgoing()


def travels(event: object) -> None:
    """What was understood is fit for the bus."""
    if isinstance(event, ChatMessage):
        travels(cheered(event))
    if isinstance(event, ChatMessage | Happening):
        msgspec.msgpack.encode(event)


Reader = Callable[[bytes], None]


class Fuzzer:
    """Counts inputs and keeps findings."""

    def __init__(self, chance: Random) -> None:
        self.inputs: Counter[str] = Counter()
        self.findings: dict[str, str] = {}
        """Where it was raised, and by what."""
        self._chance = chance

    def run(self, until: float, samples: dict[Reader, list[bytes]]) -> None:
        """Damage and read, until a time on the monotonic clock."""
        readers = tuple(samples)
        while time.monotonic() < until:
            for number in range(TURN):
                reader = readers[number % len(readers)]
                self.feed(reader, self._damaged(samples[reader]))
            for reader in readers:
                self._invent(reader)

    def feed(self, reader: Reader, data: bytes) -> None:
        """Let something be read."""
        self.inputs[reader.__name__] += 1
        try:
            reader(data)
        except BadFrame:
            pass
        except Exception as error:
            where = f"{reader.__name__}: {traceback.extract_tb(error.__traceback__)[-1]}: {error!r:.200}"
            self.findings.setdefault(where, repr(data))

    def _invent(self, reader: Reader) -> None:
        """What Hypothesis comes up with."""

        @seed(self._chance.getrandbits(32))
        @settings(
            max_examples=TURN // 50, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(st.binary(max_size=300) | _JSON.map(lambda value: json.dumps(value).encode()))
        def read(data: bytes) -> None:
            self.feed(reader, data)

        read()

    def _damaged(self, samples: list[bytes]) -> bytes:
        data = self._chance.choice(samples)
        if data.startswith(b"{") and self._chance.random() < 0.5:
            return self._odd_value(data)
        for _ in range(self._chance.choice((1, 1, 2, 5))):
            data = self._cut(data, self._chance.choice(samples))
        return data

    def _cut(self, data: bytes, other: bytes) -> bytes:
        """Leave out a piece, and put another in its place."""
        chance = self._chance
        start = chance.randint(0, len(data))
        end = min(len(data), start + chance.choice((0, 1, 4, 20)))
        cut = chance.randint(0, len(other))
        put = (b"", chance.choice(PIECES), chance.randbytes(3), other[cut : cut + 30], data[start:end] * 2)
        return data[:start] + chance.choice(put) + data[end:]

    def _odd_value(self, data: bytes) -> bytes:
        """JSON in which one value, at any depth, is another."""
        whole = json.loads(data)
        places = list(_places(whole))
        container, key = self._chance.choice(places)
        container[key] = self._chance.choice(ODD)
        return json.dumps(whole, separators=self._chance.choice(((",", ":"), (", ", ": ")))).encode()


_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "metadata",
                    "payload",
                    "event",
                    "session",
                    "subscription",
                    "id",
                    "type",
                    "notice_type",
                    "message_type",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in JSON where a value stands."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def samples_of(data: Path) -> dict[Reader, list[bytes]]:
    """What each reader can read; a few of our own where the test data is not there."""
    here = '"broadcaster_user_id":"1","broadcaster_user_login":"ada"'
    event = f'{{{here},"message_id":"m","notice_type":"sub","sub":{{"sub_tier":"1000"}}}}'
    line = "@id=m;room-id=1;user-id=2;tmi-sent-ts=1;bits=3;badges=vip/1 :vera!v@v PRIVMSG #ada :hi"
    frames, events, lines = [_framed(event, "channel.chat.notification")], [event], [line]
    if data.is_dir():
        frames += [_tight(row["frame"]) for row in _rows(data / "api/eventsub_ws_frames.jsonl")]
        payloads = [row["payload"] for row in _rows(data / "api/eventsub_payloads.jsonl")]
        events += [_tight(payload["event"]) for payload in payloads if "event" in payload]
        lines += [row["line"] for row in _rows(data / "api/irc_lines.jsonl")]
        lines += gzip.decompress((data / "irc_raw_dev.txt.gz").read_bytes()).decode().splitlines()
    encoded = [text.encode() for text in lines]
    bundles = [b"\r\n".join(encoded[start : start + 4]) for start in range(0, len(encoded), 4)]
    return {
        read_frame: [text.encode() for text in frames],
        read_event: [text.encode() for text in events],
        read_line: encoded,
        read_lines: bundles,
    }


def _framed(event: str, kind: str) -> str:
    head = f'"message_id":"f","message_type":"notification","message_timestamp":"{AT:%FT%TZ}"'
    subscription = f'{{"id":"s","type":"{kind}"}}'
    return (
        f'{{"metadata":{{{head},"subscription_type":"{kind}"}},'
        f'"payload":{{"subscription":{subscription},"event":{event}}}}}'
    )


def _rows(file: Path) -> list[Any]:
    return [json.loads(row) for row in file.read_text(encoding="utf-8").splitlines()]


def _tight(value: object) -> str:
    """JSON as Twitch writes it: without blanks."""
    return json.dumps(value, separators=(",", ":"))


@click.command()
@click.option("--minutes", default=1.0, show_default=True, help="How long.")
@click.option("--seed", "chosen", default=0, show_default="a new one each time", help="Where chance begins.")
def main(minutes: float, chosen: int) -> None:
    """Look for words that do harm."""
    number = chosen or time.time_ns() % 2**32
    fuzzer = Fuzzer(Random(number))  # noqa: S311 (no secret)
    samples = samples_of(DATA)
    fuzzer.run(time.monotonic() + minutes * 60, samples)
    click.echo(f"seed {number}, {sum(map(len, samples.values()))} samples, {fuzzer.inputs.total():,} inputs")
    for name, count in fuzzer.inputs.items():
        click.echo(f"  {name}: {count:,}")
    click.echo(f"{len(fuzzer.findings)} findings")
    for where, data in list(fuzzer.findings.items())[:SHOWN]:
        click.echo(f"\n{where}\n  {data}")
    sys.exit(bool(fuzzer.findings))


if __name__ == "__main__":
    main()
