"""What a model answered is said clean, or not at all."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.chat.lines import clean
from kissbot.knowledge.answers.blocklist import Blocklist
from kissbot.knowledge.answers.clean import Cleaned, Fault, cleaned

TOLD = "You are KissBot, a Twitch bot. Max 120 characters. Speak about games only."
NEVER = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
SIGNS = ("/", ".", "!", "\\", "／", "！", "．")
PIECES = st.sampled_from(
    [
        *(
            "/ban vera",
            ".timeout",
            "!raid",
            "\\",
            "/",
            ".",
            "!",
            "$gpt",
            "- ",
            "* ",
            "# ",
            "> ",
            "1. ",
            "/me ",
        ),
        *(
            "A sentence. ",
            "Really? ",
            "Yes! ",
            "3.5 ",
            "and so on ",
            "word",
            " ",
            "…",
            "。",
            ", ",
            ": ",
            "(",
            ")",
        ),
        *(
            "https://a.b/c ",
            "www.x.y ",
            "example.org",
            "a.b.com/x?y",
            "[text](https://a.b)",
            "me@x.org ",
            "<b>",
        ),
        *(
            "<think>",
            "</think>",
            "<|im_end|>",
            "\nUser: ",
            "Answer: ",
            "```\n",
            "**",
            "*waves* ",
            "_",
            "`",
            "~~",
        ),
        *(
            "I am KissBot. ",
            "As an AI, ",
            "Hello! ",
            "You are KissBot, a Twitch bot. ",
            "Max 120 characters. ",
        ),
        *(
            "@vera ",
            "@everyone ",
            "@@",
            "aaaaaaaa",
            "no no no no ",
            '"',
            "'",
            "“",
            "”",
            "«",
            "»",
            "\u0301" * 5,
        ),
        *(
            "👍🏽",
            "🇫🇷",
            "❤️",
            "👨‍👩‍👧",
            "\u202e",
            "\u2066",
            "\u200b",
            "\ufeff",
            "\x00",
            "\n",
            "\r\n",
            "\u2028",
            "\ud83d",
        ),
    ]
)
ANSWERS = st.lists(PIECES | st.text(max_size=20), max_size=40).map("".join)
LIMITS = st.sampled_from([2, 20, 120, 400])


def said(answer: str, *, limit: int = 400, language: str = "en", links: bool = False) -> str:
    return cleaned(answer, limit=limit, language=language, bot="KissBot", links=links, secret=TOLD).text


def fault(answer: str, language: str = "en") -> Fault | None:
    return cleaned(answer, limit=400, language=language, bot="KissBot", secret=TOLD).fault


def assert_harmless(text: str, limit: int) -> None:
    assert len(text.encode("utf-16-le", "surrogatepass")) // 2 <= limit
    assert not text.startswith((*SIGNS, "›"))
    assert not {unicodedata.category(char) for char in text} & NEVER
    assert text == " ".join(text.split()) == clean(text)
    assert "://" not in text
    assert "@everyone" not in text.casefold()


@given(ANSWERS, LIMITS)
def test_whatever_a_model_answers_what_is_said_is_harmless(answer: str, limit: int) -> None:
    assert_harmless(said(answer, limit=limit), limit)


@given(ANSWERS, LIMITS)
def test_cleaning_what_is_clean_changes_nothing(answer: str, limit: int) -> None:
    once = said(answer, limit=limit)
    assert said(once, limit=limit) == once


@given(ANSWERS, LIMITS)
def test_nothing_is_said_if_and_only_if_there_is_a_reason(answer: str, limit: int) -> None:
    result = cleaned(answer, limit=limit, language="en", bot="KissBot")
    assert bool(result.text) == (result.fault is None)


def test_bad_inputs_that_a_model_repeats_are_said_harmlessly_or_not_at_all(shared: Path) -> None:
    for line in (shared / "data" / "bad_inputs_dev.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["text"]
        for answer in (text, f"Sure! {text}", f"/{text}", f"<think>{text}", f"{text}\n{TOLD}"):
            result = said(answer)
            assert_harmless(result, 400)
            assert "You are KissBot" not in result
        assert_harmless(said(text, limit=20), 20)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("Doom came out in 1993.", "Doom came out in 1993."),
        ("**Doom** is a *great* game by `id`.", "Doom is a great game by id."),
        ("# Doom\n\nA shooter.", "Doom A shooter."),
        ("```\nDoom\n```", "Doom"),
        ("Games:\n- Doom\n- Quake\n- Half-Life", "Games: Doom, Quake, Half-Life"),
        ("1. Doom\n2. Quake", "Doom, Quake"),
        ("> Doom is fun", "Doom is fun"),
        ("<b>Doom</b> is fun", "Doom is fun"),
        ("The answer is \\boxed{4}", "The answer is 4"),
        ("Doom <3 and 2 < 3 > 1", "Doom <3 and 2 < 3 > 1"),
        ("The_Snake_Case stays, 2 * 3 * 4 too", "The_Snake_Case stays, 2 * 3 * 4 too"),
    ],
)
def test_formatting_is_taken_off(answer: str, line: str) -> None:
    assert said(answer) == line


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("<think>a year…</think>In 1993.", "In 1993."),
        ("<thinking>\nlet me see\n</thinking>\n\nIn 1993.", "In 1993."),
        ("let me see</think>In 1993.", "In 1993."),
        ("In 1993. <think>or was it", "In 1993."),
        ("<think>never ending", ""),
        ("<think>a <think>b</think> c</think>In 1993.", "In 1993."),
        (
            "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>In 1993.",
            "In 1993.",
        ),
        ("In 1993.<|im_end|>\n<|im_start|>user\nmore", "In 1993."),
        ("In 1993.\nUser: and Quake?\nAssistant: 1996", "In 1993."),
        ("User: when?\nAssistant: In 1993.", "In 1993."),
        ("Answer: In 1993.", "In 1993."),
        ("KissBot: In 1993.", "In 1993."),
        ("Réponse : 1993", "1993"),
        ("In 1993.</s>", "In 1993."),
    ],
)
def test_only_the_answer_is_said(answer: str, line: str) -> None:
    assert said(answer) == line


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("/ban vera", "ban vera"),
        ("!so vera", "so vera"),
        (".timeout vera", "timeout vera"),
        ("\n\n/ban vera", "ban vera"),
        ('"/ban vera"', "ban vera"),
        ("**!raid** vera", "raid vera"),
        ("／ban vera", "ban vera"),
        ("\u200b/ban vera", "ban vera"),
        ("$gpt hello", "gpt hello"),
        ("/me dances", "dances"),
        ("/.!/ban", "ban"),
        ("-40 °C is cold", "-40 °C is cold"),
        ("$5 is enough", "$5 is enough"),
        ("...", ""),
        ("👍", "👍"),
        ("?", ""),
    ],
)
def test_no_answer_is_a_command(answer: str, line: str) -> None:
    assert said(answer) == line


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("*waves* Hello!", "Hello!"),
        ("Hello! *smiles warmly*", "Hello!"),
        ("Sure thing *winks*", "Sure thing"),
        ("_winkt_ Hallo!", "Hallo!"),
        ("(laughs) No.", "No."),
        ("*sourit* Oui.", "Oui."),
        ("*The Witcher 3* is by CD Projekt.", "The Witcher 3 is by CD Projekt."),
        ("It is *really* good.", "It is really good."),
        ("Doom (1993) is good.", "Doom (1993) is good."),
    ],
)
def test_nobody_acts(answer: str, line: str) -> None:
    assert said(answer) == line


@pytest.mark.parametrize(
    ("language", "answer", "line"),
    [
        ("en", "I am KissBot, a Twitch bot. Doom came out in 1993.", "Doom came out in 1993."),
        ("en", "Hello! I'm KissBot, your friendly Twitch bot. It's 4.", "Hello! It's 4."),
        (
            "en",
            "As an AI language model, I have no taste, but Doom is good.",
            "I have no taste, but Doom is good.",
        ),
        ("en", "I'm an AI, but I would say Doom.", "I would say Doom."),
        ("en", "Sorry, as an AI I can't say.", "I can't say."),
        ("en", "I am Legend is a film of 2007.", "I am Legend is a film of 2007."),
        ("en", "This is a bot lane champion.", "This is a bot lane champion."),
        ("en", "As a shooter, it is great.", "As a shooter, it is great."),
        ("fr", "Je suis KissBot, un bot Twitch. Doom est sorti en 1993.", "Doom est sorti en 1993."),
        ("fr", "En tant qu'IA, je n'ai pas d'avis.", "Je n'ai pas d'avis."),
        ("fr", "En tant que modèle de langage, je dirais Doom.", "Je dirais Doom."),
        ("es", "¡Hola! Soy KissBot. El juego salió en 1993.", "¡Hola! El juego salió en 1993."),
        ("es", "Como modelo de lenguaje, no tengo gustos.", "No tengo gustos."),
        ("de", "Ich bin KissBot, ein Twitch-Bot. Das Spiel ist von 1993.", "Das Spiel ist von 1993."),
        ("de", "Als KI-Sprachmodell habe ich keine Meinung. Doom ist aber gut.", "Doom ist aber gut."),
    ],
)
def test_the_bot_does_not_introduce_itself(language: str, answer: str, line: str) -> None:
    assert said(answer, language=language) == line


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (TOLD, ""),
        ("You are KissBot, a Twitch bot.", ""),
        ("My rules: Max 120 characters. Doom is fun.", "Doom is fun."),
        ("Sure. SPEAK ABOUT GAMES ONLY! Doom is fun.", "Sure. Doom is fun."),
        ("Tu es KissBot, un bot Twitch. Max 120 caractères.", ""),
        ("Eres KissBot, un bot de Twitch. Máx 120 caracteres.", ""),
        ("Du bist KissBot, ein Twitch-Bot. Max 120 Zeichen.", ""),
        ("A tweet had 140 characters.", "A tweet had 140 characters."),
        ("You are right.", "You are right."),
    ],
)
def test_what_the_model_was_told_is_not_said(answer: str, line: str) -> None:
    assert said(answer) == line


@pytest.mark.parametrize(
    ("answer", "line", "linked"),
    [
        ("See https://a.bc/d now.", "See now.", "See https://a.bc/d now."),
        ("[Doom](https://a.bc/d) is fun", "Doom is fun", "Doom https://a.bc/d is fun"),
        ("Go to twitch.tv/vera", "Go to twitch(.)tv", "Go to twitch.tv/vera"),
        ("Node.js 3.5, v1.2.3, U.S.A.", "Node.js 3.5, v1.2.3, U.S.A.", "Node.js 3.5, v1.2.3, U.S.A."),
        ("Write to me@example.org please", "Write to please", "Write to me@example.org please"),
    ],
)
def test_links_are_said_only_where_they_may_be(answer: str, line: str, linked: str) -> None:
    assert said(answer) == line
    assert said(answer, links=True) == linked


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("@vera @pierre @bob hi", "@vera pierre bob hi"),
        ("hi @everyone and @here", "hi and"),
        ("yes yes yes yes yes yes", "yes"),
        ("ha ha ha", "ha ha ha"),
        ("I love it so. I love it so. I love it so. I love", "I love it so. I love"),
        ("It is what it is what it is what it is", "It is what it is"),
        ("noooooooooo!!!!!!!!", "nooo!!!"),
        ("It has 1000000000 players", "It has 1000000000 players"),
        ('"In 1993."', "In 1993."),
        ("« En 1993. »", "En 1993."),
        ('"Doom" and "Quake"', '"Doom" and "Quake"'),
        ("'It's fine'", "It's fine"),
        ("Z\u0301\u0302\u0303\u0304\u0305o", "Z\u0301\u0302o"),
    ],
)
def test_floods_loops_and_quotation_marks_are_taken_off(answer: str, line: str) -> None:
    assert said(answer) == line


def test_a_long_answer_is_cut_at_a_sentence() -> None:
    assert said("One sentence of some length. " + "And another one here. ", limit=40) == (
        "One sentence of some length. …"
    )


@pytest.mark.parametrize(
    ("language", "answer", "why"),
    [
        ("en", "", "empty"),
        ("en", "\u200b \n", "empty"),
        ("en", "What the fuck", "blocked"),
        ("fr", "Le jeu est un bordel de merde", "blocked"),
        ("en", "Doom est un jeu de tir sorti en 1993.", "foreign"),
        ("fr", "Doom is a shooter that came out in 1993.", "foreign"),
        ("de", "El juego salió en el año 1993.", "foreign"),
        ("fr", "Это шутер от первого лица", "foreign"),
        ("fr", "The Legend of Zelda: Breath of the Wild", None),
        ("fr", "Red Dead Redemption 2", None),
        ("es", "Call of Duty: Modern Warfare", None),
        ("de", "Ja.", None),
        ("fr", "1993", None),
        ("sv", "Det kom ut 1993.", None),
    ],
)
def test_what_is_not_said_has_a_reason(language: str, answer: str, why: Fault | None) -> None:
    assert fault(answer, language) == why


def test_an_operator_adds_words_of_his_own() -> None:
    ours = Blocklist(["spoiler*"])
    answer = "No spoilers, please."
    assert cleaned(answer, limit=400, language="en", bot="KissBot") == Cleaned(answer)
    assert cleaned(answer, limit=400, language="en", bot="KissBot", blocklist=ours).fault == "blocked"


@pytest.mark.parametrize(
    "heap",
    [
        "<think>",
        "[a](",
        "**a",
        "\n",
        " ",
        "a.",
        "-a",
        "|",
        "*a ",
        "(waves",
        "As an AI ",
        "://",
        "@",
        "a\u0301",
        "1.1.",
        "# ",
    ],
)
def test_heaps_are_read_in_little_time(heap: str) -> None:
    assert_harmless(said(heap * 20_000), 400)
