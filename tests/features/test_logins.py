"""A broadcaster whose login has ended is asked for a new one."""

from kissbot.chat.messages import Channel, LoginLost
from kissbot.testing import room

ADA = Channel("id-ada", "ada")
LINK = "https://www.twitch.tv/activate?device-code=ABCDEFGH"


async def test_the_broadcaster_is_told_where_to_log_in_again() -> None:
    async with room() as place:
        await place.happens(LoginLost(ADA, LINK))
        (line,) = place.said
    assert (line.channel, line.reply_to) == (ADA, None)
    assert line.text == (
        f"🔑 @ada, Twitch has ended the login you gave me. Please log in again within 30 minutes: {LINK}"
    )


async def test_without_a_link_the_broadcaster_is_told_whom_to_ask() -> None:
    async with room() as place:
        await place.happens(LoginLost(ADA))
        (line,) = place.said
    assert line.text.endswith("Please ask whoever runs me for a new one.")
