"""Faults strike as often as they were told to."""

import pytest

from kissbot.sandbox.faults import (
    Delay,
    DropReason,
    Duplicate,
    Faults,
    Hangup,
    Refuse,
    Silence,
    Slow,
    fault_of,
)


def test_a_counted_fault_strikes_that_often() -> None:
    faults = Faults()
    faults.add(Duplicate(count=2))
    assert [bool(faults.copy()) for _ in range(3)] == [True, True, False]
    assert faults.quiet


def test_a_refusal_may_concern_one_path() -> None:
    faults = Faults()
    faults.add(Refuse(status=503, path="/chat/messages"))
    assert faults.refusal("/helix/users") == 0
    assert faults.refusal("/helix/chat/messages") == 503
    assert faults.refusal("/helix/chat/messages") == 0


def test_a_hang_up_may_concern_one_path() -> None:
    faults = Faults()
    faults.add(Hangup(path="/oauth2/token", count=2))
    assert not faults.hangs_up("/oauth2/validate")
    assert [faults.hangs_up("/oauth2/token") for _ in range(3)] == [True, True, False]


def test_faults_do_not_use_up_each_other() -> None:
    faults = Faults()
    for fault in (Delay(seconds=1), Slow(seconds=2), DropReason(code="msg_rejected")):
        faults.add(fault)
    assert faults.copy() is None
    assert (faults.delay(), faults.slowness("/helix/users"), faults.drop_code()) == (1, 2, "msg_rejected")
    assert (faults.delay(), faults.slowness("/helix/users"), faults.drop_code()) == (0, 0, "")


def test_what_is_in_force_can_be_seen_until_it_is_over() -> None:
    faults = Faults()
    faults.silence(Silence(seconds=5), 100.0)
    faults.add(Delay(seconds=1))
    faults.unplugged = True
    assert len(faults.in_force(104.0)) == 3
    assert len(faults.in_force(105.0)) == 2
    faults.clear()
    assert not faults.in_force(104.0)


@pytest.mark.parametrize(
    "details",
    [
        {"kind": "explode"},
        {},
        {"kind": "drop", "more": 1},
        {"kind": "silence"},
        {"kind": "delay", "seconds": "long"},
        {"kind": "duplicate", "count": 0},
        {"kind": "refuse", "status": 200},
        {"kind": "hangup", "status": 500},
        {"kind": "lost_answer", "count": -1},
        {"kind": "drop", "shard": 0},
        {"kind": "close", "code": 5000},
        {"kind": "shard_loss", "socket": "one"},
        {"kind": "revoke", "user": "ada"},
        {"kind": "duplicate", "same_id": "no"},
    ],
)
def test_a_wrong_fault_is_refused(details: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"there are: drop, close|takes:"):
        fault_of(details)
