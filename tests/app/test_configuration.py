"""A configuration is right, or its faults are told with their places and remedies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from kissbot.app.configuration import BadSettings, anchored, load
from kissbot.app.settings import ChannelChoice, Settings, Storage
from kissbot.chat.bots import KNOWN_BOTS

Load = Callable[..., Settings]


@pytest.fixture
def reading(tmp_path: Path) -> Load:
    """Loads a configuration from its text, with these variables in the environment."""

    def reading(text: str | bytes, **environment: str) -> Settings:
        path = tmp_path / "config.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(path, environment)

    return reading


@pytest.fixture
def problems(reading: Load) -> Callable[..., list[str]]:
    """What is wrong with a configuration."""

    def problems(text: str | bytes, **environment: str) -> list[str]:
        with pytest.raises(BadSettings) as caught:
            reading(text, **environment)
        return caught.value.problems

    return problems


Problems = Callable[..., list[str]]

# Files


def test_no_file_means_every_default() -> None:
    assert load(None, {}) == Settings()


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", "bot:\ntwitch:\n  urls:\n"])
def test_an_empty_file_or_section_means_the_defaults(reading: Load, text: str) -> None:
    assert reading(text) == Settings()


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_does_no_harm(reading: Load, mark: bytes) -> None:
    assert reading(mark + "bot: {author: Zoé}".encode()).bot.author == "Zoé"


def test_a_missing_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        BadSettings, match=r"nowhere\.yaml: there is no such file\. Copy config\.example\.yaml"
    ):
        load(tmp_path / "nowhere.yaml", {})


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_a_file_that_is_not_utf_8_is_told_so(problems: Problems) -> None:
    (problem,) = problems("language: fr # français".encode("latin-1"))
    assert problem.endswith("config.yaml: is not UTF-8. Save it as such.")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("bot:\n  name: [kissbot\nlanguage: fr\n", "(line 3, column 9)"),
        ("bot:\n\tname: kissbot\n", "(line 2, column 1)"),
        ('prefix: "!\n', "(line 2, column 1)"),
        ("a: b: c\n", "(line 1, column 5)"),
    ],
)
def test_bad_yaml_is_told_with_line_and_column(problems: Problems, text: str, place: str) -> None:
    (problem,) = problems(text)
    assert "is not valid YAML" in problem
    assert problem.endswith(place)


def test_a_value_that_denies_its_own_tag_is_bad_yaml(problems: Problems) -> None:
    assert "is not valid YAML" in problems("language: !!int fr")[0]


@pytest.mark.parametrize(("text", "what"), [("- a\n", "a list"), ("hello", "text"), ("12", "a number")])
def test_a_file_of_something_else_is_told_so(problems: Problems, text: str, what: str) -> None:
    assert problems(text)[0].endswith(f"must hold keys and values, but holds {what}.")


# Keys


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("langage: fr", "langage: there is no such setting; did you mean 'language'?"),
        ("bot: {nmae: x}", "bot.nmae: there is no such setting; did you mean 'name'?"),
        (
            "twitch: {urls: {helics: x}}",
            "twitch.urls.helics: there is no such setting; did you mean 'helix'?",
        ),
        (
            "twitch: {channels: [ada, {name: bob, langue: fr}]}",
            "twitch.channels[1].langue: there is no such setting; did you mean 'language'?",
        ),
        (
            "bot: {zzz: 1}",
            "bot.zzz: there is no such setting; known are: name, owners, author, source_url.",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_one(problems: Problems, text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_every_unknown_key_is_told_at_once(problems: Problems) -> None:
    assert [line.split(":")[0] for line in problems("a: 1\nbot: {b: 2}\n3: c\n")] == ["a", "bot.b", "3"]


# Values


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("bot: {name: 5}", "bot.name: expected text, found a number."),
        ("greeting: yes please", "greeting: expected true or false, found text."),
        ("off: ping", "off: expected a list, found text."),
        ("off: [1]", "off[0]: expected text, found a number."),
        ("twitch: [ada]", "twitch: expected keys and values, found a list."),
        ("language: it", "language: expected one of en, fr, es, de, found something else."),
        ("reply: loud", "reply: expected one of thread, mention, found something else."),
        ("language:", "language: expected text, found nothing."),
        ("twitch: {channels: [3]}", "twitch.channels[0]: expected text or keys and values, found a number."),
        ("twitch: {channels: [{language: fr}]}", "twitch.channels[0]: lacks the key `name`."),
        (
            "twitch: {channels: [a, {name: b, language: it}]}",
            "twitch.channels[1].language: expected one of en, fr, es, de, found something else.",
        ),
    ],
)
def test_a_wrong_type_is_told_with_its_place(problems: Problems, text: str, problem: str) -> None:
    assert problems(text) == [problem]


@pytest.mark.parametrize("key", ["client_secret", "token", "refresh_token"])
@pytest.mark.parametrize("value", ["123456789", "[s3cr3t]", "{s3cr3t: s3cr3t}", "12345.678", "0x5ec4e7"])
def test_a_secret_of_the_wrong_type_is_never_shown(problems: Problems, key: str, value: str) -> None:
    (problem,) = problems(f"twitch: {{{key}: {value}}}")
    assert problem.startswith(f"twitch.{key}: expected text, found ")
    assert "s3cr3t" not in problem
    assert value not in problem


def test_a_secret_in_bad_yaml_is_never_shown(problems: Problems) -> None:
    assert "s3cr3t" not in problems("twitch:\n  token: 's3cr3t\n")[0]


@pytest.mark.parametrize("prefix", ["", " ", "! ", "a b", "\\t", "!\\n", "/", ".", "toolong"])
def test_a_prefix_that_cannot_be_typed_is_refused(problems: Problems, prefix: str) -> None:
    assert problems(f'prefix: "{prefix}"') == [
        "prefix: must be 1 to 5 characters without blanks, and no / or . first."
    ]
    text = f'twitch: {{channels: [ada, {{name: bob, prefix: "{prefix}"}}]}}'
    assert problems(text) == [
        "twitch.channels[1].prefix: must be 1 to 5 characters without blanks, and no / or . first."
    ]


@pytest.mark.parametrize("prefix", ["!", "?!", "kiss:", "🎮"])
def test_any_word_may_be_a_prefix(reading: Load, prefix: str) -> None:
    assert reading(f'prefix: "{prefix}"').prefix == prefix


@pytest.mark.parametrize("login", ["", "ada lovelace", "zoé", "a" * 26, "ada\\n", "https://twitch.tv/ada"])
def test_what_is_no_login_is_refused(problems: Problems, login: str) -> None:
    for text, path in (
        (f'bot: {{name: "{login}"}}', "bot.name"),
        (f'twitch: {{channels: [bob, "{login}"]}}', "twitch.channels[1]"),
        (f'twitch: {{channels: [{{name: "{login}"}}]}}', "twitch.channels[0]"),
    ):
        (problem,) = problems(text)
        assert problem.startswith(f"{path}: ")
        assert problem.endswith("is no Twitch login (a-z, 0-9 and _, at most 25).")


def test_a_channel_that_is_there_twice_is_refused(problems: Problems) -> None:
    text = "twitch: {channels: [ada, '#Ada', bob, {name: Bob}, eve]}"
    assert problems(text) == [
        "twitch.channels: 'ada' is there more than once.",
        "twitch.channels: 'bob' is there more than once.",
    ]


@pytest.mark.parametrize("address", ["", "localhost:8080", "ftp://x", "https://"])
def test_what_is_no_address_is_refused(problems: Problems, address: str) -> None:
    assert problems(f'twitch: {{urls: {{helix: "{address}", eventsub: "{address}"}}}}') == [
        "twitch.urls.helix: must be an address that begins with https:// (or http://).",
        "twitch.urls.eventsub: must be an address that begins with wss:// (or ws://).",
    ]


# The environment


def test_the_environment_wins_over_the_file(reading: Load) -> None:
    settings = reading(
        "language: de\ntwitch: {token: from-the-file, urls: {oauth: 'http://o'}}",
        KISSBOT_LANGUAGE="fr",
        KISSBOT_BOT__NAME="kissbot_test",
        KISSBOT_GREETING="true",
        KISSBOT_TWITCH__TOKEN="from-outside",
        KISSBOT_TWITCH__URLS__HELIX="http://127.0.0.1:1/helix",
        UNRELATED="x",
    )
    assert (settings.language, settings.bot.name, settings.greeting) == ("fr", "kissbot_test", True)
    assert settings.twitch.token == "from-outside"
    assert settings.twitch.urls.helix == "http://127.0.0.1:1/helix"
    assert settings.twitch.urls.oauth == "http://o"


@pytest.mark.parametrize("text", ["", "twitch:\n", "twitch:\n  urls:\n"])
def test_the_environment_fills_sections_that_are_empty_or_not_there(reading: Load, text: str) -> None:
    settings = reading(text, KISSBOT_TWITCH__URLS__HELIX="http://h", KISSBOT_TWITCH__TOKEN="t")
    assert (settings.twitch.urls.helix, settings.twitch.token) == ("http://h", "t")


def test_lists_come_from_the_environment_too(reading: Load) -> None:
    settings = reading(
        "", KISSBOT_OFF="[ping, games]", KISSBOT_TWITCH__CHANNELS="[ada, {name: bob, language: fr}]"
    )
    assert settings.off == ["ping", "games"]
    assert settings.twitch.channels == ["ada", ChannelChoice(name="bob", language="fr")]


def test_a_list_in_the_environment_may_be_names_between_commas(reading: Load) -> None:
    assert reading("", KISSBOT_TWITCH__CHANNELS="ada, bob").twitch.channels == ["ada", "bob"]
    assert reading("", KISSBOT_TWITCH__CHANNELS="ada").twitch.channels == ["ada"]


@pytest.mark.parametrize("value", ["1234567890", "true", "null", "1e5", "[x", "2026-11-22", ""])
def test_a_text_from_the_environment_stays_as_it_is(reading: Load, value: str) -> None:
    assert reading("", KISSBOT_TWITCH__TOKEN=value).twitch.token == value


@pytest.mark.parametrize(
    "name",
    [
        "KISSBOT_LANGAGE",
        "KISSBOT_TWITCH__TOCKEN",
        "KISSBOT_TWITCH__CHANNELS__NAME",
        "KISSBOT_",
        "KISSBOT_A__B",
    ],
)
def test_an_unknown_variable_is_refused_without_its_value(problems: Problems, name: str) -> None:
    assert problems("", **{name: "s3cr3t"}) == [f"{name}: there is no such setting (environment variable)."]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("KISSBOT_GREETING", "perhaps", "greeting: expected true or false, found text."),
        ("KISSBOT_OFF", "pingg", "off: there is no command or feature 'pingg'; did you mean 'ping'?"),
        ("KISSBOT_OFF", "[unclosed", "off: expected a list, found text."),
        (
            "KISSBOT_TWITCH__CHANNELS",
            "[{name: ada, langage: fr}]",
            "twitch.channels[0].langage: there is no such setting; did you mean 'language'?",
        ),
    ],
)
def test_a_wrong_value_from_the_environment_is_told_like_any_other(
    problems: Problems, name: str, value: str, problem: str
) -> None:
    assert problems("", **{name: value}) == [problem]


def test_a_section_that_is_no_section_is_told_even_if_the_environment_fills_it(problems: Problems) -> None:
    assert problems("twitch: 5", KISSBOT_TWITCH__TOKEN="t") == [
        "twitch: expected keys and values, found a number."
    ]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("off: [xyzzy]", "off: there is no command or feature 'xyzzy'; there are: "),
        ("off: [pingg]", "off: there is no command or feature 'pingg'; did you mean 'ping'?"),
        ("twitch: {channels: [{name: ada, off: [gamez]}]}", "twitch.channels[0].off: there is no command"),
    ],
)
def test_what_does_not_exist_cannot_be_switched_off(problems: Problems, document: str, problem: str) -> None:
    assert problems(document)[0].startswith(problem)


def test_a_command_can_be_switched_off_by_any_of_its_names(reading: Load) -> None:
    assert reading("off: [gi, gameinfo, games]").off == ["gi", "gameinfo", "games"]


# Words that YAML has its own ideas of


@pytest.mark.parametrize("word", ["off", "on", "yes", "no", "n", "trueish", "2026-11-22", "2026-99-99"])
def test_a_word_is_a_word(reading: Load, word: str) -> None:
    assert reading(f"bot: {{author: {word}}}").bot.author == word


def test_true_and_false_are_truths(reading: Load) -> None:
    assert reading("greeting: true").greeting
    assert reading("greeting: True").greeting
    assert not reading("greeting: false").greeting


# Each channel's choices


def test_a_channel_that_chooses_nothing_is_as_all_the_others(reading: Load) -> None:
    settings = reading("language: es\nprefix: '?'\noff: [ping]\ntwitch: {channels: ['#Ada', {name: '@bob'}]}")
    choices = settings.channel_choices()
    assert [choice.name for choice in choices] == ["ada", "bob"]
    assert [choice.over(settings.for_all()) for choice in choices] == [settings.for_all()] * 2
    assert settings.for_all().off == {"ping"}


def test_a_channel_may_choose_for_itself(reading: Load) -> None:
    settings = reading(
        """
        language: es
        greeting: true
        off: [ping]
        twitch:
          channels:
            - {name: ada, language: fr, prefix: "?", reply: mention, greeting: false, off: []}
            - {name: bob, more_bots: [bobs_bot], not_bots: [nightbot], cooldowns: {gi: 3}}
        """
    )
    ada, bob = (choice.over(settings.for_all()) for choice in settings.channel_choices())
    assert (ada.language, ada.prefix, ada.reply, ada.greeting, ada.off) == (
        "fr",
        "?",
        "mention",
        False,
        frozenset(),
    )
    assert (bob.language, bob.greeting, bob.off) == ("es", True, frozenset({"ping"}))
    assert (ada.cooldowns, bob.cooldowns) == ({}, {"gi": 3})
    assert bob.bots == KNOWN_BOTS - {"nightbot"} | {"bobs_bot"}


def test_what_the_bot_keeps_does_not_depend_on_where_it_is_started(reading: Load, tmp_path: Path) -> None:
    assert anchored(Settings(), tmp_path).storage == Storage(
        database=str(tmp_path / "kissbot.db"),
        key_file=str(tmp_path / ".kissbot.key"),
        backups=str(tmp_path / "backups"),
    )
    elsewhere = reading("storage: {database: 'postgresql://me@there/bot', key_file: /keys/one, backups: ''}")
    assert anchored(elsewhere, tmp_path).storage == elsewhere.storage


def test_a_cooldown_is_for_a_command_that_exists(reading: Load) -> None:
    with pytest.raises(BadSettings, match=r"cooldowns: there is no command 'gj'; did you mean 'g"):
        reading("twitch: {channels: [{name: ada, cooldowns: {gj: 3}}]}")
    with pytest.raises(BadSettings, match=r"cooldowns\.gi: must be 0 to 86400 seconds"):
        reading("twitch: {channels: [{name: ada, cooldowns: {gi: -1}}]}")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("{onlin: on}", "lines: there is no line 'onlin'; did you mean 'online'?"),
        (
            '{online: "{viewer}"}',
            "lines.online: online can be: on, off, or a line in which {channel} {title}",
        ),
        ('{raid: "{"}', "lines.raid: raid can be: on, off, or a line in which {channel} {viewer} {count}"),
        ("{online: true}", "lines[...]: expected text, found true or false."),
    ],
)
def test_a_line_is_one_that_can_be_said(reading: Load, lines: str, why: str) -> None:
    with pytest.raises(BadSettings) as told:
        reading(f"twitch: {{channels: [{{name: ada, lines: {lines}}}]}}")
    assert why in str(told.value)


def test_what_is_announced_is_chosen_for_each_channel(reading: Load) -> None:
    settings = reading(
        """
        twitch:
          channels:
            - {name: ada, lines: {online: "{channel}!", raid: on}, streams: [bob], shoutout: true}
            - {name: bob, broadcast: true}
        """
    )
    ada, bob = (choice.over(settings.for_all()) for choice in settings.channel_choices())
    assert (ada.lines, ada.streams, ada.shoutout, ada.broadcast) == (
        {"online": "{channel}!", "raid": "on"},
        frozenset({"bob"}),
        True,
        False,
    )
    assert (bob.lines, bob.streams, bob.broadcast) == ({}, frozenset(), True)


@pytest.mark.parametrize(
    ("live", "why"),
    [
        ("poll_seconds: 0", "live.poll_seconds: must be 0.2 to 120."),
        ("poll_seconds: 121", "live.poll_seconds: must be 0.2 to 120."),
        ("poll_seconds: .nan", "live.poll_seconds: must be 0.2 to 120."),
        ("method: magic", "live.method: expected one of auto, eventsub, polling"),
        ("webhook: the-secret", "live.webhook: must be an address that begins with https:// (or http://)."),
    ],
)
def test_how_the_bot_learns_who_is_live_makes_sense(reading: Load, live: str, why: str) -> None:
    with pytest.raises(BadSettings) as told:
        reading(f"live: {{{live}}}")
    assert why in str(told.value)
    assert "the-secret" not in str(told.value)


def test_a_webhook_is_a_secret_that_may_come_from_the_environment() -> None:
    settings = load(None, {"KISSBOT_LIVE__WEBHOOK": "https://example.org/the-secret"})
    assert settings.live.webhook == "https://example.org/the-secret"
    assert "the-secret" not in f"{settings!r} {settings.live}"


@pytest.mark.parametrize(
    ("games", "why"),
    [
        ("deadline: 5", "games.deadline: must be 0.2 to 4."),
        ("igdb: {ask: on}", "games.igdb.ask: on wants twitch.client_id and twitch.client_secret."),
        ("rawg: {ask: on}", "games.rawg.ask: on wants games.rawg.key."),
        ("rawg: {ask: perhaps}", "games.rawg.ask: expected one of auto, on, off"),
        ("steam: {url: steam}", "games.steam.url: must be an address"),
        ("steam: {api_url: 'ftp://x'}", "games.steam.api_url: must be an address"),
    ],
)
def test_where_games_are_looked_up_makes_sense(reading: Load, games: str, why: str) -> None:
    with pytest.raises(BadSettings) as told:
        reading(f"games: {{{games}}}")
    assert why in str(told.value)


def test_the_key_of_rawg_is_a_secret_that_may_come_from_the_environment() -> None:
    settings = load(None, {"KISSBOT_GAMES__RAWG__KEY": "the-secret"})
    assert settings.games.rawg.key == "the-secret"
    assert "the-secret" not in f"{settings!r} {settings.games}"


# The example

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"


def keys(value: Any, path: str = "") -> set[str]:
    """Every key in nested dictionaries, with its path."""
    if not isinstance(value, dict):
        return {path}
    return {key for name, inner in value.items() for key in keys(inner, f"{path}.{name}")}


def test_the_example_shows_every_key_with_its_default() -> None:
    assert load(EXAMPLE, {}) == Settings()
    assert keys(yaml.BaseLoader(EXAMPLE.read_text()).get_single_data()) == keys(
        msgspec.to_builtins(Settings())
    )


def test_the_example_explains_every_key() -> None:
    """A key, or the group of keys that it is in, follows a comment."""
    explained = False
    for line in map(str.strip, EXAMPLE.read_text().splitlines()):
        explained = line.startswith("#") or (explained and bool(line))
        assert explained or not line or line in ("bot:", "twitch:", "live:", "games:", "storage:"), line


def test_the_channels_in_the_example_are_right_as_well(reading: Load) -> None:
    before, _, after = EXAMPLE.read_text().partition("  channels: []\n")
    shown, blank, rest = after.partition("\n\n")
    text = before + "\n".join(line.replace("# ", "", 1) for line in shown.splitlines()) + blank + rest
    plain, chosen = reading(text).twitch.channels
    assert isinstance(plain, str)
    assert isinstance(chosen, ChannelChoice)
    unset = ChannelChoice(name="")
    assert not [key for key in chosen.__struct_fields__ if getattr(chosen, key) == getattr(unset, key)]
