"""What is heard of a model: events in any pieces, no thoughts, whole sentences; what servers complain of."""

import json
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.answers.model import Completion, ModelTrouble, Prompt, Turn
from kissbot.providers.models.dialect import (
    Blameless,
    Manners,
    Problem,
    conceded,
    first_manners,
    problem_of,
    request,
    trouble_of,
)
from kissbot.providers.models.events import LONGEST, BadEvents, Events
from kissbot.providers.models.heard import Heard
from kissbot.providers.models.openai_compatible import Endpoint
from kissbot.providers.models.thoughts import Aloud

PROMPT = Prompt("Be short.", (Turn("user", "Hello?"),), 120)
STREAM = (
    b': hello\r\ndata: {"a":\r\ndata:1}\r\nevent: x\r\nid: 7\r\n\r\ndata: \xc3\xa9\n\n\n\ndata: [DONE]\n\n'
)
SAID = [b'{"a":\n1}', "é".encode(), b"[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_are_the_same_in_any_pieces(cuts: list[int]) -> None:
    events, places = Events(), [0, *sorted(cuts), len(STREAM)]
    heard = [said for begin, end in pairwise(places) for said in events.feed(STREAM[begin:end])]
    assert heard == SAID


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 1000, b"data: " + b"x" * 1000 + b"\n"])
def test_an_event_without_an_end_is_refused(piece: bytes) -> None:
    events = Events()
    for _ in range(LONGEST // 1100):
        assert events.feed(piece) == []
    with pytest.raises(BadEvents):
        events.feed(piece * 100)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("Paris.", "Paris."),
        ("<think>Hm. Paris?</think>\n\nParis.", "Paris."),
        ("<think></think>Paris.", "Paris."),
        ("<THINK>Hm</Think>Paris.", "Paris."),
        ("<think>It never ends", ""),
        ("Hm, Paris?</think>Paris.", "Paris."),
        ("It is <think>sure?</think>Paris <reasoning>yes</reasoning>now.", "It is Paris now."),
        ("[THINK]Hm[/THINK]Paris.", "Paris."),
        (
            "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>Paris.",
            "Paris.",
        ),
        ("1 < 2 and a <thin line, [thing] <", "1 < 2 and a <thin line, [thing] <"),
        ("<thinking>a</think>b</thinking>Paris.", "Paris."),
        ("İ<think>İİİ</think>Paris.", "İParis."),
    ],
)
@given(st.lists(st.integers(0, 100), max_size=10))
def test_thoughts_are_left_out_in_any_pieces(told: str, meant: str, cuts: list[int]) -> None:
    aloud, places = Aloud(1000), [0, *sorted(cuts), len(told)]
    for begin, end in pairwise(places):
        aloud.hear(told[begin:end] if begin <= end else "")
    aloud.end()
    assert aloud.said == meant


@pytest.mark.parametrize("piece", ["<think></think>", "</think>", "<think>", "<", " \n", "a", "<thin", "İ"])
def test_a_million_characters_of_anything_are_read_at_once(piece: str) -> None:
    text, aloud = piece * (1_000_000 // len(piece)), Aloud(480)
    aloud.hear(text)  # for minutes, if it were not linear
    aloud.end()
    assert len(aloud.said) <= 480


def delta(text: str, finish: str | None = None) -> bytes:
    chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("It is Paris. It has", "It is Paris."),
        ("It is Paris.", ""),
        ("Ask Dr. Who", ""),
        ("Yes! And", "Yes!"),
        ("C'est « Paris ! » Il", "C'est « Paris !"),
        ("パリです。フランス", "パリです。"),
        ("About 3.14 or", ""),
        ("He said “Paris.” Then", "He said “Paris.”"),
    ],
)
def test_of_an_answer_that_broke_off_the_whole_sentences_are_known(said: str, whole: str) -> None:
    heard = Heard(120)
    heard.stream(delta(said))
    assert heard.sentences() == whole
    with pytest.raises(ModelTrouble) as trouble:
        heard.end()
    assert trouble.value.why == "unclear"


def test_it_is_enough_at_the_end_of_a_sentence_or_a_little_later() -> None:
    heard = Heard(20)
    heard.stream(delta("Twenty characters an"))
    assert not heard.is_enough
    heard.stream(delta("d more."))
    assert heard.is_enough
    heard.stream(delta(" This is not heard"))
    assert heard.completion(PROMPT).text == "Twenty characters and more."
    heard = Heard(20)
    heard.stream(delta("no end " * 1000))
    assert heard.is_enough
    assert len(heard.completion(PROMPT).text) <= 40


def test_tokens_are_those_that_the_server_counted_else_estimated() -> None:
    heard = Heard(120)
    heard.stream(delta("<think>Hm</think>Paris.", "stop"))
    guess = heard.completion(PROMPT)
    assert (guess.text, guess.tokens_in, guess.tokens_out) == ("Paris.", 4, 6)
    heard.stream(b'data: {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}\n\n')
    known = heard.completion(PROMPT)
    assert (known.tokens_in, known.tokens_out) == (9, 2)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "unclear"),
        ("<html>", "unclear"),
        ("[]", "unclear"),
        ("[" * 100_000, "unclear"),
        ('{"choices": "none"}', "unclear"),
        ('{"choices": []}', "empty"),
        ('{"choices": [{"message": {"content": null, "tool_calls": [{}]}}]}', "empty"),
        ('{"choices": [{"message": {"content": " ", "reasoning_content": "Hm."}}]}', "empty"),
        ('{"error": {"message": "out of memory"}}', "unwell"),
        ('{"error": "out of memory"}', "unwell"),
    ],
)
def test_what_is_no_answer_has_a_name(body: str, why: str) -> None:
    with pytest.raises(ModelTrouble) as trouble:
        completed(body)
    assert trouble.value.why == why
    assert "memory" not in str(trouble.value)


def completed(body: str) -> Completion:
    heard = Heard(120)
    heard.whole(body.encode())
    return heard.completion(PROMPT)


def test_parts_of_a_text_are_joined_and_thoughts_among_them_left_out() -> None:
    heard = Heard(120)
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
        {"type": "text", "text": "Paris."},
    ]
    heard.whole(json.dumps({"choices": [{"message": {"content": parts}}]}).encode())
    assert heard.completion(PROMPT).text == "Paris."


def test_documented_answers_are_understood(shared: Path) -> None:
    folder = shared / "data" / "api" / "openai"
    for answer in json.loads((folder / "chat_completion_responses.json").read_text()):
        message = answer["choices"][0]["message"]
        heard = Heard(400)
        heard.whole(json.dumps(answer).encode())
        if not message["content"]:
            with pytest.raises(ModelTrouble):
                heard.completion(PROMPT)
            continue
        got = heard.completion(PROMPT)
        assert got.text == message["content"]
        assert (got.tokens_in, got.tokens_out) == (
            answer["usage"]["prompt_tokens"],
            answer["usage"]["completion_tokens"],
        )


def test_documented_streams_are_understood(shared: Path) -> None:
    folder = shared / "data" / "api" / "openai"
    heard = Heard(400)
    heard.stream((folder / "chat_completion_stream.sse").read_bytes())
    heard.end()
    assert heard.completion(PROMPT).text == "Hello"
    for chunk in json.loads((folder / "chat_completion_chunks.json").read_text()):
        Heard(400).stream(b"data: " + json.dumps(chunk).encode() + b"\n\n")


def test_documented_errors_are_understood(shared: Path) -> None:
    errors = json.loads((shared / "data" / "api" / "openai" / "errors.json").read_text())
    expected = {401: "refused", 429: "limited", 400: "refused", 500: "unwell", 404: "refused"}
    for error in errors:
        problem = problem_of(json.dumps(error["body"]).encode())
        assert problem.message == error["body"]["error"]["message"]
        trouble = trouble_of(error["status"], problem, error.get("headers", {}).get("retry-after", ""))
        assert trouble.why == expected[error["status"]]
        assert problem.message not in str(trouble)
        assert isinstance(trouble, Blameless) == (error["status"] == 400)
        assert conceded(Manners(), problem) == Manners()


@pytest.mark.parametrize(
    ("retry_after", "code", "wait"),
    [
        ("7", "", 7),
        ("1.5", "", 1.5),
        ("", "", 30),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "", 30),
        ("-1", "", 30),
        ("nan", "", 30),
        ("999999999", "", 86_400),
        ("1", "insufficient_quota", 86_400),
    ],
)
def test_a_limit_says_how_long_it_lasts(retry_after: str, code: str, wait: float) -> None:
    assert trouble_of(429, Problem(code=code), retry_after).wait == wait


def test_the_field_for_tokens_is_the_hosts_or_the_operators() -> None:
    assert first_manners("https://api.openai.com/v1", "auto").tokens_field == "max_completion_tokens"
    assert first_manners("http://127.0.0.1:1234/v1", "auto").tokens_field == "max_tokens"
    assert first_manners("http://api.openai.com.example/v1", "auto").tokens_field == "max_tokens"
    chosen = first_manners("https://api.openai.com/v1", "max_tokens")
    assert conceded(chosen, Problem("", "max_tokens")) == chosen


def test_the_rule_goes_where_a_server_takes_it() -> None:
    endpoint = Endpoint("local", "http://127.0.0.1:1/v1", "tiny")
    body = msgspec.json.decode(request(endpoint, PROMPT, Manners()))
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    body = msgspec.json.decode(request(endpoint, PROMPT, Manners(takes_system=False)))
    assert body["messages"] == [{"role": "user", "content": "Be short.\n\nHello?"}]


@pytest.mark.parametrize(
    "message",
    [
        "Only user and assistant roles are supported!",
        "System role not supported",
        "'messages[0].role' does not support 'system' with this model.",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
def test_a_server_without_a_system_role_is_understood(message: str) -> None:
    assert not conceded(Manners(), Problem(message)).takes_system
