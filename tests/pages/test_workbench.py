"""The shell: while the data loads, when it could not be loaded, when it is there, and after the visitor has left."""

import gc
import time
import weakref
from dataclasses import replace

import panel as pn
import pytest
from bokeh.document import Document
from crossfilter.desk import CHARTS
from crossfilter.mirror import as_batch
from panel.io.document import MockSessionContext
from panel.io.state import set_curdoc

from pages.visitor import all_of, one, read, words
from retail_panel.crossfilter.clause import Values
from retail_panel.pages.book import NAMES
from retail_panel.pages.contents import PAGES
from retail_panel.pages.workbench import Workbench
from retail_panel.server import FAILED, LOADING, ServerState
from retail_panel.store import Shelf
from retail_panel.views import SEGMENTS
from retail_panel.views.lettering import THEMED
from retail_panel.visitors import TooManyPages, Visitors


class Visit:
    """A visitor with a document of their own, which holds the page's models where it is ``shown``."""

    def __init__(self, process, address="", shown=False):
        self.process = process
        self._shown = shown
        self.document = Document()
        self._context = MockSessionContext(document=self.document)
        self.document.callbacks.on_change_dispatch_to(self._context)
        with set_curdoc(self.document):
            pn.state.location.search = address
            self.workbench = Workbench(process)
            one(self.workbench.page, "ShellMends").ready = True
            if shown:
                self.workbench.page.server_doc(self.document)

    @property
    def session(self):
        """Their session, None before the data is there."""
        return self.workbench._session

    def tick(self):
        """Let the periodic callback run once."""
        with set_curdoc(self.document):
            self.workbench._tick()

    def settle(self):
        """Do the jobs and what waits for the loop until nothing is left."""
        workers = self.process.workers
        with set_curdoc(self.document):
            while workers.jobs or self._waiting():
                jobs, workers.jobs = workers.jobs, []
                for job in jobs:
                    job()
                for callback in self._waiting():
                    self.document.remove_next_tick_callback(callback)
                    callback.callback()
        return self

    def _waiting(self):
        return [each for each in self.document.session_callbacks if type(each).__name__ == "NextTickCallback"]

    def leave(self):
        """Go, as the server notices it."""
        callbacks = self.document.callbacks.session_destroyed_callbacks
        self.document.callbacks.session_destroyed_callbacks = set()
        with set_curdoc(self.document):
            for callback in callbacks:
                callback(self._context)
        if self._shown:
            self.document.destroy(self._context)
        # Panel would hold a page that is not shown by its periodic callback for good.
        pn.state._periodic.pop(self.document, None)


@pytest.fixture
def visit(process, monkeypatch):
    """A function that opens the workbench with three charts; whoever has not left by the end leaves then."""
    made = []
    few = {"overview": tuple(CHARTS[name] for name in ("time", "channel")), "segments": SEGMENTS[:1]}
    pages = [replace(page, charts=few.get(page.name, page.charts), studies=()) for page in PAGES]
    monkeypatch.setattr("retail_panel.pages.book.PAGES", pages)

    def visit(*more, **options):
        made.append(Visit(process, *more, **options))
        return made[-1]

    yield visit
    for each in made:
        if each.document.callbacks.session_destroyed_callbacks:
            each.leave()


def main(visit):
    """Return what the main area holds."""
    return visit.workbench.page.main


def test_while_the_data_loads(process, visit):
    process.state = ServerState(LOADING, "Reading shop.csv", None, 0)
    one_visit = visit()
    assert words(main(one_visit)) == ["Reading shop.csv · 0 rows"] and one_visit.session is None
    assert one(main(one_visit), "LinearProgress").variant == "indeterminate"
    process.state = ServerState(LOADING, "Reading shop.csv", 0.425, 1200)
    one_visit.tick()
    assert words(main(one_visit)) == ["Reading shop.csv · 42% · 1,200 rows"]
    bar = one(main(one_visit), "LinearProgress")
    assert (bar.variant, bar.value) == ("determinate", 42)
    assert process.workers.jobs == [] and not hasattr(process, "scenes")


def test_when_the_data_could_not_be_loaded(process, visit):
    process.state = ServerState(FAILED, "shop.csv: no column holds amounts")
    one_visit = visit()
    alert = one(main(one_visit), "Alert")
    assert (read(alert.object), alert.severity) == ("shop.csv: no column holds amounts", "error")
    assert alert.title == "The data could not be loaded" and one_visit.session is None


def test_from_loading_to_ready_without_a_reload(process, visit):
    ready, process.state = process.state, ServerState(LOADING, "Reading", None, 0)
    one_visit = visit("?sel.channel=Online&rfm.k=3")
    process.state = ready
    one_visit.tick()
    one_visit.settle()
    assert one_visit.session.selection.clauses == {"channel": Values(("Online",))}
    assert one_visit.session.scene.rows == 400
    assert len(all_of(main(one_visit), "TileRow")) == 1
    assert one_visit.workbench.page.title == "Shop"


def test_the_address_restores_and_follows(process, visit):
    one_visit = visit("?sel.channel=Online&rfm.k=3&page=segments&theme=dark").settle()
    session, location = one_visit.session, one_visit.workbench
    assert session.problem == "" and NAMES[location.book.tabs.active] == "segments"
    with set_curdoc(one_visit.document):
        location = pn.state.location
    session.selection.clear()
    one_visit.settle()
    assert location.search == "?theme=dark&rfm.k=3&page=segments"
    one_visit.workbench.book.tabs.active = NAMES.index("data")
    one_visit.settle()
    assert location.search == "?theme=dark&rfm.k=3&page=data" and session.page == "data"
    session.undo()
    one_visit.settle()
    assert NAMES[one_visit.workbench.book.tabs.active] == "segments" and session.page == "segments"


def test_dark_paper_reaches_every_chart(process, visit):
    one_visit = visit("?rfm.k=3").settle()
    figures = [card.live.figure for card in one_visit.workbench.book.pages["overview"].charts.cards]
    light = {figure.xaxis[0].major_label_text_color for figure in figures}
    one_visit.workbench.page.dark_theme = True
    one_visit.settle()
    assert {figure.xaxis[0].major_label_text_color for figure in figures}.isdisjoint(light)
    one_visit.workbench.page.dark_theme = False
    one_visit.settle()
    assert {figure.xaxis[0].major_label_text_color for figure in figures} == light


def test_two_visitors_share_the_scene_and_nothing_else(process, visit):
    one_visit, other = visit("?rfm.k=3").settle(), visit("?rfm.k=3").settle()
    assert one_visit.session.scene is other.session.scene
    one_visit.session.selection.set({"channel": Values(("Online",))})
    one_visit.settle()
    assert other.session.selection.clauses == {} and other.session.query == "rfm.k=3"
    one_visit.leave()
    other.session.selection.set({"kind": Values(("Return",))})
    other.settle()
    assert other.session.problem == "" and other.session.answers.settled


def test_who_leaves_gives_the_scene_back(process, visit):
    process.shelf = Shelf(spare=0)
    one_visit, other = visit("?rfm.k=3").settle(), visit("?rfm.k=4")
    assert len(process.shelf) == 1
    one_visit.leave()
    assert len(process.shelf) == 0
    other.leave()
    other.settle()
    assert len(process.shelf) == 0


def test_who_comes_and_goes_is_known(process, visit):
    one_visit = visit("?rfm.k=3&page=segments").settle()
    (known,) = process.visitors
    assert (known.who, known.page, one_visit.document.visitor) == ("local", "segments", known.number)
    assert one_visit.session.visitor == known.number
    one_visit.leave()
    assert len(process.visitors) == 0


def test_one_page_too_many_is_refused_and_holds_nothing(process, visit):
    process.visitors = Visitors(1, 1)
    visit("?rfm.k=3").settle()
    with pytest.raises(TooManyPages, match="allowed: 1"):
        visit("?rfm.k=3")
    assert (len(process.visitors), process.visitors.refused) == (1, 1)


def test_a_page_that_nobody_uses_is_closed_and_says_so(process, visit):
    process.settings, process.shelf = replace(process.settings, idle_minutes=30), Shelf(spare=0)
    one_visit = visit("?rfm.k=3&sel.channel=Online").settle()
    (known,) = process.visitors
    known.active_at -= 29 * 60
    one_visit.tick()
    assert one_visit.session is not None
    one_visit.session.selection.clear()
    one_visit.settle()
    known.active_at -= 29 * 60
    one_visit.tick()
    assert one_visit.session is not None, "use was not noted"
    known.active_at -= 2 * 60
    one_visit.tick()
    assert one_visit.session is None and len(process.visitors) == len(process.shelf) == 0
    assert "Nobody used this page for 30 minutes" in words(main(one_visit))[0]
    with set_curdoc(one_visit.document):
        assert pn.state.location.search == "?rfm.k=3"
        one(main(one_visit), "Button").param.trigger("clicks")
        assert pn.state.location.reload
    one_visit.settle()
    one_visit.workbench.page.dark_theme = True


def test_pages_are_told_that_the_server_stops(process, visit):
    one_visit = visit("?rfm.k=3").settle()
    farewell = one(one_visit.workbench.page, "Farewell")
    assert (farewell.process, farewell.stopping) == (process.visitors.process, False)
    assert process.visitors.say_goodbye() == 1
    one_visit.settle()
    assert farewell.stopping


@pytest.mark.parametrize("page", ["overview", "segments"])
def test_the_shell_leaves_the_lettering_of_charts_alone(process, page):
    # Charts that are drawn while the page is made put a theme of their own on the document.
    each = Visit(process, f"?rfm.k=3&page={page}", shown=True).settle()
    (root,) = [root for root in each.document.roots if hasattr(getattr(root, "data", None), "_custom_theme")]
    assert root.data._custom_theme == list(THEMED)
    each.leave()


def test_closed_visitors_are_not_kept_alive(process, visit):
    pages = pn.state.param.watchers["busy"]["value"][:]
    gone = []
    for _ in range(2):
        each = Visit(process, "?rfm.k=3", shown=True).settle()
        with set_curdoc(each.document):
            each.session.selection.set({"channel": Values(("Online",))})
        each.settle()
        each.leave()
        gone += [weakref.ref(each.workbench), weakref.ref(each.document), weakref.ref(each.session)]
        del each
    gc.collect()
    assert [reference() for reference in gone] == [None] * len(gone)
    assert pn.state.param.watchers["busy"]["value"] == pages


def test_a_phone_gets_its_sidebar_closed_and_its_drags_scroll(process, visit, monkeypatch):
    monkeypatch.setattr(type(pn.state), "headers", {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)"})
    phone = visit("?rfm.k=3").settle()
    cards = [card for card in phone.workbench.book.pages["overview"].charts.cards if card.chart.brushed]
    assert not phone.workbench.page.sidebar_open
    assert {card.live.figure.toolbar.active_drag for card in cards} == {None}
    monkeypatch.setattr(type(pn.state), "headers", {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"})
    assert visit("?rfm.k=3").workbench.page.sidebar_open


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (Linux; Android 14; Mobile)", "Mozilla/5.0 (X11; Linux x86_64)"])
@pytest.mark.parametrize("address", ["?rfm.k=3", "?rfm.k=3&embed=1", "?embed=1&chart=channel"])
def test_where_there_is_no_sidebar_nothing_makes_room_for_one(process, visit, monkeypatch, agent, address):
    # panel-material-ui 0.16.6 pushes a page whose sidebar is not open to the left, by as much, also where it has none.
    monkeypatch.setattr(type(pn.state), "headers", {"User-Agent": agent})
    seen = []

    def note(page):
        is_desk = "Mobile" not in agent
        seen.append(page.sx["& > .header + .main"] == {"marginLeft": 0} and page.sidebar_open == is_desk)

    ready, process.state = process.state, ServerState(LOADING, "Reading", None, 0)
    one_visit = visit(address)
    page = one_visit.workbench.page
    note(page)
    process.state = ready
    one_visit.tick()
    one_visit.settle()
    note(page)
    monkeypatch.setattr("retail_panel.pages.workbench._person", lambda: None)
    one_visit.tick()
    assert "Your login has ended" in [part.title for part in all_of(main(one_visit), "Alert")]
    note(page)
    assert seen == [True, True, True]


def test_new_rows_are_noticed_by_the_tick(process, visit, empty_store, rows):
    empty_store.append(as_batch(rows.iloc[:200]))
    process.store = empty_store
    process.settings = replace(process.settings, refresh_ms=100)
    one_visit = visit("?rfm.k=3&sel.channel=Online").settle()
    one_visit.tick()
    assert process.workers.jobs == []
    empty_store.append(as_batch(rows.iloc[200:220]))
    time.sleep(0.1)
    one_visit.tick()
    one_visit.settle()
    assert one_visit.session.scene.rows == 220 and one_visit.session.selection.clauses
    facts = one(main(one_visit), "Typography", css_classes=["facts"]).object
    assert "20 new since you opened this page" in facts


def test_nothing_changes_before_the_browser_is_ready(process, visit, monkeypatch):
    ready, process.state = process.state, ServerState(LOADING, "Reading", None, 0)
    one_visit = visit()
    process.state = ready
    monkeypatch.setattr(type(pn.state), "loaded", False)
    one_visit.tick()
    assert one_visit.session is None and words(main(one_visit)) == ["Reading · 0 rows"]
    monkeypatch.setattr(type(pn.state), "loaded", True)
    one_visit.tick()
    assert one_visit.settle().session.scene.rows == 400
