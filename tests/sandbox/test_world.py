"""People, channels, categories and lines."""

import pytest

from kissbot.sandbox.world import REMEMBERED, Line, World


def world() -> World:
    return World(("ada", "bob"), "kissbot", "moderator", {"bob": "fr"})


def line_in(place: World, text: str, user: str = "vera", reply_to: str = "") -> Line:
    reply = place.reply_to(reply_to) if reply_to else None
    line = Line(place.ids.next(), place.channel("ada"), place.person(user), "everyone", text, 1.0, reply)
    place.add(line)
    return line


def test_a_name_has_the_same_id_in_every_sandbox() -> None:
    assert world().person("vera").id == world().person("VERA").id
    assert world().person("vera").id.isdecimal()


def test_people_exist_from_their_first_mention_on() -> None:
    place = world()
    assert place.find("vera") is None
    vera = place.person("Vera")
    assert (vera.login, vera.name) == ("vera", "Vera")
    assert place.find("VERA") is vera
    assert place.person_of(vera.id) is vera


def test_a_name_in_another_script_has_a_plain_login() -> None:
    place = world()
    viewer = place.person("ビューアー")
    assert viewer.login.isascii()
    assert viewer.name == "ビューアー"
    assert place.find(viewer.login) is viewer


def test_an_unknown_channel_names_those_there_are() -> None:
    with pytest.raises(LookupError, match=r"'eve'; there are: ada, bob"):
        world().channel("eve")


def test_the_bot_owns_its_own_channel() -> None:
    place = World(("kissbot", "ada"), "kissbot", "vip")
    assert place.channel("kissbot").bot_rank == "broadcaster"
    assert place.channel("ada").bot_rank == "vip"


def test_a_category_is_made_on_first_use_and_knows_igdb() -> None:
    place = world()
    assert place.game("just chatting").igdb_id == ""
    assert place.game("Grand Theft Auto V").igdb_id == "1020"
    invented = place.game("Nobody Made This")
    assert place.game("nobody made this") is invented
    assert invented.igdb_id.isdecimal()
    assert world().game("Nobody Made This").id == invented.id


def test_a_reply_to_a_reply_stays_in_the_thread() -> None:
    place = world()
    first = line_in(place, "first")
    second = line_in(place, "second", "sam", reply_to=first.id)
    thread = place.reply_to(second.id)
    assert (thread.parent_message_body, thread.parent_user_login) == ("second", "sam")
    assert (thread.thread_message_id, thread.thread_user_login) == (first.id, "vera")


def test_old_lines_are_forgotten() -> None:
    place = world()
    first = line_in(place, "first")
    for _ in range(REMEMBERED):
        line_in(place, "more")
    assert place.line(first.id) is None
    with pytest.raises(LookupError):
        place.reply_to(first.id)


def test_no_two_messages_share_an_id() -> None:
    ids = [place.ids.next() for place in (world(), world()) for _ in range(10)]
    assert len(set(ids)) == 20
    assert {len(one) for one in ids} == {36}
