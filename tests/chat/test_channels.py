"""What holds in a channel: choices, laid over each other key by key."""

import msgspec

from kissbot.chat.bots import KNOWN_BOTS
from kissbot.chat.channels import Channels, ChannelSettings, Choices
from kissbot.chat.messages import Channel

ADA = Channel("1", "ada")


def test_no_choice_changes_nothing() -> None:
    below = ChannelSettings(language="fr", off=frozenset({"gi"}), cooldowns={"gs": 3})
    assert Choices().over(below) == below


def test_the_nearest_choice_wins_key_by_key() -> None:
    for_all = ChannelSettings(language="de", prefix="?", reply="mention", greeting=True)
    configured = Choices(language="fr", prefix="%")
    chosen = Choices(language="es", greeting=False)
    assert chosen.over(configured.over(for_all)) == ChannelSettings(
        language="es", prefix="%", reply="mention", greeting=False
    )


def test_what_is_off_is_chosen_as_a_whole() -> None:
    below = ChannelSettings(off=frozenset({"gi", "gs"}))
    assert Choices(off=frozenset({"gc"})).over(below).off == {"gc"}
    assert Choices(off=frozenset()).over(below).off == frozenset()


def test_cooldowns_are_chosen_one_by_one() -> None:
    below = ChannelSettings(cooldowns={"gi": 1, "gs": 2})
    assert Choices(cooldowns={"gs": 0, "gc": 4}).over(below).cooldowns == {"gi": 1, "gs": 0, "gc": 4}


def test_bots_are_added_and_taken_away() -> None:
    more = Choices(more_bots=frozenset({"robby"}))
    fewer = Choices(not_bots=frozenset({"nightbot", "robby"}))
    assert more.over(ChannelSettings()).bots == KNOWN_BOTS | {"robby"}
    assert fewer.over(more.over(ChannelSettings())).bots == KNOWN_BOTS - {"nightbot"}


def test_channels_share_the_bots_that_they_did_not_choose() -> None:
    assert Choices(language="fr").over(ChannelSettings()).bots is KNOWN_BOTS


def test_choices_keep_only_what_was_chosen() -> None:
    chosen = Choices(language="fr", off=frozenset({"gi"}))
    kept = msgspec.json.encode(chosen)
    assert kept == b'{"language":"fr","off":["gi"]}'
    assert msgspec.json.decode(kept, type=Choices) == chosen


def test_a_channel_that_chose_nothing_has_the_default() -> None:
    channels = Channels(ChannelSettings(language="fr"))
    assert channels.of(ADA).language == "fr"


def test_settings_of_a_channel_hold_for_it_alone() -> None:
    channels = Channels()
    channels.set("ada", ChannelSettings(prefix="?"))
    assert channels.of(ADA).prefix == "?"
    assert channels.of(Channel("2", "bob")).prefix == "!"


def test_a_channel_can_go_back_to_the_default() -> None:
    channels = Channels()
    channels.set("ada", ChannelSettings(prefix="?"))
    channels.set("ada", ChannelSettings())
    assert channels.of(ADA) is channels.default
