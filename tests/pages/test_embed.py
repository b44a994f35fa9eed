"""Embedded pages: what an address makes of the shell, and what the host page says and hears."""

from urllib.parse import parse_qs

import panel as pn
import pytest
from panel.io.state import set_curdoc

from pages.test_workbench import Visit
from pages.visitor import all_of, one, read
from retail_panel.crossfilter.clause import Values
from retail_panel.pages.book import NAMES
from retail_panel.pages.embed import Embed, chart_names
from retail_panel.pages.host import DRAWER_HEIGHT, MOST_FILTERS, MOST_LETTERS

ORIGINS = ("https://portal.example",)


@pytest.fixture
def embedded(process, monkeypatch):
    """A function that opens an embedded address; whoever it was leaves at the end."""
    object.__setattr__(process.settings, "embed_origins", ORIGINS)
    made = []

    def embedded(query=""):
        made.append(Visit(process, f"?embed=1&rfm.k=3{query}").settle())
        return made[-1]

    yield embedded
    for each in made:
        each.leave()


@pytest.fixture(scope="module")
def shared_visit(make_process):
    """A visitor whose host page says what it may not; the tests of that share them."""
    process = make_process()
    object.__setattr__(process.settings, "embed_origins", ORIGINS)
    visit = Visit(process, "?embed=1&rfm.k=3").settle()
    yield visit
    visit.leave()


@pytest.fixture
def undisturbed(shared_visit):
    """The same, as they came and with no problem told."""
    shared_visit.session.restore("rfm.k=3&sel.kind=Return")
    shared_visit.settle()
    assert shared_visit.session.state() == {"rfm.k": "3", "sel.kind": "Return"} and host_of(shared_visit).problem == ""
    return shared_visit


def host_of(visit):
    """Return what speaks with the host page."""
    return one(visit.workbench.page.main, "Host")


def send(visit, kind, **more):
    """Let the host page send a message."""
    host_of(visit)._handle_msg({"type": f"retail-panel:{kind}", **more})
    visit.settle()


def test_an_embedded_page_has_no_shell(embedded):
    visit = embedded("&page=data&theme=dark")
    page = visit.workbench.page
    assert list(page.sidebar) == []
    assert page.sx["& > .header"] == page.sx["& .main > div > .MuiToolbar-root"] == {"display": "none"}
    assert NAMES[visit.workbench.book.tabs.active] == "data"
    assert visit.workbench.book.tabs.sx == {"& .MuiTabs-root": {"display": "none"}}
    assert all_of(page.main, "StatusBar") == [] and all_of(page.main, css_classes=["status"])
    assert parse_qs(visit.session.query) == {"rfm.k": ["3"], "page": ["data"]}


def test_a_page_of_its_own_has_the_shell_and_no_host(process):
    visit = Visit(process, "?rfm.k=3&page=data&chart=channel").settle()
    assert list(visit.workbench.page.sidebar) and all_of(visit.workbench.page.main, "Host") == []
    assert "& > .header" not in visit.workbench.page.sx
    visit.leave()


def test_one_chart_alone(embedded):
    visit = embedded("&chart=rfm_grid&sel.channel=Online")
    (card,) = visit.workbench.book._page.charts.cards
    assert card.chart.name == "rfm_grid" and card.live is not None
    assert visit.session.page == "segments" and all_of(visit.workbench.page.main, css_classes=["status"]) == []
    assert visit.session.selection.clauses == {"channel": Values(("Online",))}
    visit.session.restore("rfm.k=3")
    visit.workbench.book.open("overview")
    assert visit.session.page == "segments"


def test_every_name_offered_is_a_chart_or_a_study():
    names = chart_names()
    assert len(names) == len(set(names))
    for name in names:
        contents = Embed(True, name).contents()
        (only,) = (*contents.charts, *contents.studies)
        assert (only.name, only.width) == (name, 12)


def test_a_chart_that_is_not_there_is_named(process):
    visit = Visit(process, "?embed=1&chart=<b>x</b>")
    alert = one(visit.workbench.page.main, "Alert")
    assert read(alert.object).startswith("There is no chart '<b>x</b>'; allowed: time, channel")
    assert "<b>" not in alert.object
    visit.leave()


def test_the_address_keeps_how_it_is_embedded(embedded):
    visit = embedded("&chart=channel&theme=dark")
    visit.session.selection.set({"channel": Values(("Online",))})
    visit.settle()
    with set_curdoc(visit.document):
        assert pn.state.location.search == "?theme=dark&embed=1&chart=channel&sel.channel=Online&rfm.k=3"


def test_the_host_hears_of_scope_and_selection(embedded):
    visit = embedded()
    host = host_of(visit)
    assert host.origins == list(ORIGINS)
    assert host.state["selection"] == {} and host.state["page"] == "overview"
    visit.session.selection.set({"channel": Values(("Online",))})
    visit.settle()
    assert host.state["selection"] == {"channel": "Online"}
    assert host.state["words"] == {"scope": "", "selection": "Channel is Online"}


def test_the_host_sets_scope_and_selection(embedded):
    visit = embedded("&sel.kind=Return&measure=units")
    send(visit, "set-scope", scope={"channel": "Online"})
    assert visit.session.scope.channel == ["Online"] and visit.session.selection.query() == {"sel.kind": "Return"}
    send(visit, "set-selection", selection={"channel": "Online"})
    assert visit.session.selection.query() == {"sel.channel": "Online"} and visit.session.scope.channel == ["Online"]
    send(visit, "set-scope", scope={})
    send(visit, "set-selection", selection={})
    assert visit.session.state() == {"rfm.k": "3", "measure": "units"} and visit.session.problem == ""


@pytest.mark.parametrize(
    ("kind", "more", "problem"),
    [
        ("set-scope", {"scope": {"page": "data"}}, "scope 'page'; allowed: "),
        ("set-scope", {"scope": {"sel.channel": "Online"}}, "scope 'sel.channel'; allowed: "),
        ("set-scope", {"scope": {"ordered_at": "yesterday"}}, "yesterday"),
        ("set-scope", {"scope": {"without": "everyone"}}, "without='everyone'"),
        ("set-scope", {"scope": None}, "scope of the host page is not usable"),
        ("set-scope", {}, "scope of the host page is not usable"),
        ("set-selection", {"selection": {"nonsense": "1"}}, "'nonsense': no such dimension"),
        ("set-selection", {"selection": {"channel": ["Online"]}}, "selection of the host page is not usable"),
        ("set-selection", {"selection": {"channel": "x" * (MOST_LETTERS + 1)}}, "is not usable"),
        ("set-selection", {"selection": {f"d{n}": "x" for n in range(MOST_FILTERS + 1)}}, "is not usable"),
        ("theme", {"theme": "pink"}, "theme 'pink'; allowed: light, dark"),
        ("theme", {}, "theme None; allowed: light, dark"),
        ("eval", {"code": "1"}, "message 'retail-panel:eval'; allowed"),
    ],
)
def test_what_the_host_may_not_say_is_told(undisturbed, kind, more, problem):
    visit, before = undisturbed, undisturbed.session.scope.query()
    send(visit, kind, **more)
    assert problem in visit.session.problem and problem in host_of(visit).problem
    assert visit.session.scope.query() == before and visit.session.page == "overview"


@pytest.mark.parametrize("message", [None, 7, "set-scope", [], {}])
def test_messages_of_no_shape_are_told(undisturbed, message):
    host_of(undisturbed)._handle_msg(message)
    assert "message 'None'; allowed" in undisturbed.session.problem


def test_the_host_changes_the_paper(embedded):
    visit = embedded()
    for theme, dark in (("dark", True), ("light", False)):
        send(visit, "theme", theme=theme)
        assert visit.workbench.page.dark_theme is dark


def test_the_drawer_asks_for_room(embedded):
    visit = embedded()
    drawer = one(visit.workbench.page.main, "Drawer")
    drawer.open = True
    assert host_of(visit).least_height == DRAWER_HEIGHT
    drawer.open = False
    assert host_of(visit).least_height == 0


def test_taken_in_by_a_script_the_address_is_the_hosts(process):
    visit = Visit(process, "?bokeh-autoload-element=1002&bokeh-absolute-url=https://panel.example/retail/app&chart=channel&sel.channel=Online").settle()
    assert visit.workbench._embed == Embed(True, "channel", "https://panel.example/retail/")
    assert visit.session.selection.clauses == {"channel": Values(("Online",))}
    visit.leave()
