"""Pages that are open are spared the collector of garbage, and freed once enough of them have gone."""

import asyncio
import gc
import weakref

import pytest

from retail_panel.pages import collector as module
from retail_panel.pages.collector import Collector


class Page:
    """A page that only the collector can free: it holds itself."""

    def __init__(self):
        self.own = self


@pytest.fixture(autouse=True)
def collected():
    """Leave nothing apart."""
    yield
    gc.unfreeze()
    gc.collect()


def opened(collector, count):
    """Open so many pages; returns them, and a list of what still is there of them."""
    pages = [Page() for _ in range(count)]
    known = [weakref.ref(page) for page in pages]
    collector.set_apart()
    for _ in range(count - 1):
        collector.set_apart()
    return pages, lambda: sum(each() is not None for each in known)


def test_an_open_page_is_not_looked_at_and_goes_once_it_is_closed():
    collector = Collector(lambda: False)
    pages, left = opened(collector, 1)
    assert not any(each is pages[0] for each in gc.get_objects())
    pages.clear()
    gc.collect()
    assert left() == 1
    collector.collect()
    assert left() == 1
    collector.let_go()
    collector.collect()
    assert left() == 0


def test_what_filling_a_page_left_behind_goes_unless_somebody_brushes(monkeypatch):
    looked = []
    monkeypatch.setattr(module.gc, "collect", looked.append)
    Collector(lambda: False).set_apart()
    Collector(lambda: True).set_apart()
    assert looked == [2, 1]


def test_many_pages_are_looked_at_when_a_quarter_has_gone():
    collector = Collector(lambda: False)
    pages, left = opened(collector, 8)
    pages.pop()
    collector.let_go()
    collector.collect()
    assert left() == 8
    pages.pop()
    collector.let_go()
    collector.collect()
    assert left() == 6
    # Those that stay are spared again.
    assert not any(each is pages[0] for each in gc.get_objects())


def test_who_brushes_is_not_held_up_but_not_for_ever(monkeypatch):
    busy = [True]
    monkeypatch.setattr(module, "AGAIN_S", 0.01)

    async def leave(patience):
        monkeypatch.setattr(module, "PATIENCE_S", patience)
        collector = Collector(lambda: busy[0])
        pages, left = opened(collector, 1)
        pages.clear()
        collector.let_go()
        collector.collect()
        await asyncio.sleep(0.1)
        return collector, left

    async def calm():
        _, left = await leave(60)
        assert left() == 1
        busy[0] = False
        await asyncio.sleep(0.1)
        assert left() == 0

    async def impatient():
        busy[0] = True
        _, left = await leave(0.05)
        assert left() == 0

    asyncio.run(calm())
    asyncio.run(impatient())
