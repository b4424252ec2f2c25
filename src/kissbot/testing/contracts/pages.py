"""What every kind of `Pages` promises. Fixture: `pages`."""

from kissbot.providers.remembering import Pages


class PagesContract:
    """What was put last is what is got."""

    async def test_nothing_is_kept_at_first(self, pages: Pages) -> None:
        assert await pages.get("answer:en:hades") is None
        assert await pages.count() == 0

    async def test_what_is_put_is_kept_with_its_time(self, pages: Pages) -> None:
        pages.put("one", b"\x00\xff", 12.5)
        pages.put("other", b"", 0)
        assert await pages.get("one") == (b"\x00\xff", 12.5)
        assert await pages.get("other") == (b"", 0)
        assert await pages.count() == 2

    async def test_what_was_put_last_holds(self, pages: Pages) -> None:
        pages.put("one", b"first", 1)
        assert await pages.get("one") == (b"first", 1)
        pages.put("one", b"second", 2)
        pages.put("one", b"third", 3)
        assert await pages.get("one") == (b"third", 3)
        assert await pages.count() == 1

    async def test_any_key_is_a_key(self, pages: Pages) -> None:
        for key in ("'; DROP TABLE pages; --", "%_", "🎮\\", '"', "x" * 500):
            pages.put(key, key.encode(), 1)
            assert await pages.get(key) == (key.encode(), 1)
        assert await pages.count() == 5
