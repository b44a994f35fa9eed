"""A moving brush answered in the browser: what it shows is what the server would show, and nothing stale."""

import random

import pytest
from conftest import Served, Visits
from moved import ACTIVE, armed, at_once, let_go, sizes, tall, tried
from screen import equals, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(lines, tmp_path_factory):
    """A file of every tenth customer's order lines: the two ways are the same at any number."""
    few = sorted(lines.customer_id.dropna().unique())[::10]
    file = tmp_path_factory.mktemp("shop") / "order_lines.csv"
    lines[lines.customer_id.isin(few)].to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def open_page(browser, shop):
    """Opens a page of a server of its own, whose browser answers moving brushes or does not: ``open_page(way)``."""
    servers, visits = [], Visits(browser)

    def open_page(way):
        servers.append(Served(shop, browser_brush=way))
        return visits(servers[-1].url)

    yield open_page
    visits.close()
    logs = [one.log() for one in servers]
    assert [one.stop() for one in servers] == [0] * len(servers) and "ERROR" not in "".join(logs), logs
    visits.check()


@pytest.fixture(scope="module")
def our_page(open_page):
    """The page whose browser answers."""
    return open_page("yes")


@pytest.fixture(scope="module")
def their_page(open_page):
    """The page whose server answers."""
    return open_page("no")


def fresh(screen):
    """Lend a page with nothing selected and every chart in sight."""
    if not screen.reset():
        screen.open()
    yield tall(screen)
    let_go(screen)


@pytest.fixture
def ours(our_page):
    """The page whose browser answers, with nothing selected."""
    yield from fresh(our_page)


@pytest.fixture
def theirs(their_page):
    """The page whose server answers, with nothing selected."""
    yield from fresh(their_page)


def box(rng, sizes):
    """Return a random box over a chart, from anywhere to anywhere."""
    ends = [sorted(rng.uniform(-1, size + 1) for _ in "ab") for size in sizes]
    return {f"{axis}{i}": pair[i] for axis, pair in zip("xy", ends, strict=False) for i in (0, 1)}


def compare(ours, theirs, chart, where):
    """Brush on both pages; every number of every chart and every text of a tile is the same."""
    expected, tiles = at_once(ours, chart, where)
    assert sum(values != "pending" for values in expected.values()) >= 8
    theirs.page.evaluate("at => brush.move(...at)", [chart, where])

    def different():
        charts, texts = theirs.page.evaluate("brush.shown()")
        found = {name: (tiles[name], text) for name, text in texts.items() if tiles[name] not in (None, text)}
        for name, values in charts.items():
            if name != chart and expected[name] != "pending" and not same(values, expected[name]):
                found[name] = (expected[name], values)
        return found

    until(lambda: not different(), different)


def same(one, other):
    """Whether two charts show the same numbers; a brush that has rested has them from the engine's own sums."""
    return one != "pending" and all(a == pytest.approx(b, abs=1e-6) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("chart", ACTIVE)
def test_the_browser_shows_what_the_server_shows(ours, theirs, chart):
    rng = random.Random(chart)
    length = sizes(ours, chart)
    armed(ours, chart, box(rng, length))
    for _ in range(6):
        compare(ours, theirs, chart, box(rng, length))


def test_the_server_settles_what_the_browser_showed(ours):
    where = {"x0": 22.1, "x1": 40.9}
    armed(ours, "time", where)
    shown, tiles = at_once(ours, "time", {"x0": 10.2, "x1": 33.3})
    ours.page.evaluate("at => brush.move(...at, true)", ["time", {"x0": 10.2, "x1": 33.3}])
    until(ours.query, "the range in the address")
    until(lambda: all(ours.tiles().values()), ours.tiles)
    exact = ours.tiles()
    assert {n: t for n, t in tiles.items() if t} == {n: t for n, t in exact.items() if tiles[n]}
    for name, (part, _) in ours.page.evaluate("brush.charts()").items():
        assert name == "time" or part == pytest.approx(shown[name][0], abs=1e-6), name


def test_what_only_the_server_knows_is_pale_until_the_box_rests(ours):
    where = {"x0": 9.1, "x1": 14.9, "y0": 1.1, "y1": 4.9}
    armed(ours, "rhythm", where)
    charts, tiles = at_once(ours, "rhythm", where | {"x1": 12.9})
    assert "pending" in charts.values() and None in tiles.values()
    ours.page.evaluate("at => brush.move(...at, true)", ["rhythm", where])
    until(lambda: "pending" not in ours.page.evaluate("brush.charts()").values(), "exact charts")
    until(lambda: all(ours.tiles().values()), ours.tiles)


def test_a_box_that_is_moved_is_said_to_be_let_go(ours):
    y = ours.middle("time")
    ours.brush("time", 20, 30)
    until(lambda: ours.box("time") == (20, 30), lambda: ours.box("time"))
    ours.page.evaluate("""() => {
        const send = WebSocket.prototype.send
        window.ends = []
        WebSocket.prototype.send = function (text) {
          if (String(text).includes("selectiongeometry")) ends.push(String(text).includes('["final",true]'))
          return send.call(this, text)
        } }""")
    ours.press("time", (25, y), (35, y))
    until(lambda: ours.page.evaluate("ends").count(False), "a box that moves")
    assert True not in ours.page.evaluate("ends")
    ours.page.mouse.up()
    until(lambda: ours.page.evaluate("ends")[-1], lambda: ours.page.evaluate("ends"), 10)
    assert ours.page.evaluate("ends").count(True) == 1
    until(lambda: ours.box("time") == (30, 40), lambda: ours.box("time"))
    ours.settle()


def test_a_brush_that_the_browser_holds_ends_with_what_is_cleared(ours):
    before, tiles = ours.page.evaluate("brush.charts()"), ours.tiles()
    ours.page.evaluate("at => brush.move(...at, true)", ["time", {"x0": 22.1, "x1": 40.9}])
    until(ours.button("Clear the selection").is_enabled, "a selection to clear")
    armed(ours, "time", {"x0": 22.1, "x1": 40.9})
    at_once(ours, "time", {"x0": 22.1, "x1": 60.9})
    ours.page.wait_for_timeout(200)
    # By the keyboard, since letting go of the pointer ends a brush as well.
    ours.button("Clear the selection").press("Enter")
    until(lambda: not ours.query(), ours.query)
    ours.shows(tiles)
    ours.page.set_viewport_size({"width": 1400, "height": 900})
    ours.page.set_viewport_size({"width": 1400, "height": 2600})
    ours.page.wait_for_timeout(300)
    assert ours.page.evaluate("brush.charts()") == before
    ours.shows(tiles)
    ours.page.evaluate("brush.held = null")


def test_a_brush_that_is_held_becomes_exact_and_moves_on(ours):
    armed(ours, "time", {"x0": 22.1, "x1": 40.9})
    _, held = at_once(ours, "time", {"x0": 10.2, "x1": 33.3})
    until(lambda: all(ours.tiles().values()), ours.tiles)
    exact = ours.tiles()
    assert all(held.values()) and held == exact
    _, moved = at_once(ours, "time", {"x0": 11.2, "x1": 60.3})
    assert all(moved.values())
    assert moved["Net sales"] != exact["Net sales"]
    at_once(ours, "time", {"x0": 10.2, "x1": 33.3})
    equals(ours.tiles, exact)


def test_what_the_server_says_of_an_earlier_box_is_not_shown(ours):
    armed(ours, "time", {"x0": 22.1, "x1": 40.9})
    at_once(ours, "time", {"x0": 10.2, "x1": 33.3})
    # However late: by now the server has settled what is held, and what it says is of another box all the same.
    until(lambda: all(ours.tiles().values()), ours.tiles)
    ours.page.wait_for_timeout(2200)
    charts, tiles = at_once(ours, "time", {"x0": 10.2, "x1": 35.3})
    late = ours.page.evaluate("""async () => {
        for (const name of ["channel", "rhythm"]) {
          const { data_source } = charts.figure(name).renderers[1]
          const data = { ...data_source.data, part: data_source.data.part.map((value) => value + 1) }
          data_source.setv({ data }, { sync: false, check_eq: false })
        }
        const tiles = [...Bokeh.documents[0]._all_models.values()]
          .find((model) => model.data && "told" in model.data.attributes)
        tiles.data.setv({ values: { net_sales: "late" }, box: "0 10 33", told: tiles.data.told + 1 }, { sync: false })
        for (let turn = 0; turn < 50; turn++) await Promise.resolve()
        return brush.shown()
    }""")
    assert late == [charts, tiles]


def test_the_server_hears_of_a_moving_brush_a_few_times_a_second(ours):
    armed(ours, "time", {"x0": 22.1, "x1": 40.9})
    counted = ours.page.evaluate("""async () => {
        const send = WebSocket.prototype.send, began = performance.now()
        let heard = 0
        WebSocket.prototype.send = function (text) {
          heard += String(text).includes("selectiongeometry"); return send.call(this, text)
        }
        for (let move = 0; move < 100; move++) {
          brush.move("time", { x0: 10, x1: 20 + move / 2 })
          await new Promise(requestAnimationFrame)
        }
        const lasted = performance.now() - began
        brush.move("time", { x0: 10, x1: 70 }, true)
        WebSocket.prototype.send = send
        return { heard, lasted }
    }""")
    assert 3 <= counted["heard"] <= counted["lasted"] / 150 + 2
    until(lambda: ours.box("time") == (10, 70), lambda: ours.box("time"))


def test_a_stale_cube_answers_nothing(ours):
    where = {"x0": 22.1, "x1": 40.9}
    armed(ours, "time", where)
    ours.page.evaluate("at => brush.move(...at, true)", ["time", where])
    until(ours.query, "a filter")
    ours.click_bar("channel", 1)
    until(lambda: "sel.channel" in ours.query(), ours.query)
    ours.settle()
    before, _, answered = tried(ours, "time", {"x0": 5.1, "x1": 60.9})
    assert not answered
    until(lambda: ours.page.evaluate("brush.charts()")["kind"] != before["kind"], "the server's own answer")


def test_charts_out_of_sight_are_left_until_they_are_seen(ours):
    where = {"x0": 22.1, "x1": 40.9}
    armed(ours, "time", where)
    first, _ = at_once(ours, "time", where)
    ours.page.set_viewport_size({"width": 1400, "height": 700})
    ours.page.wait_for_timeout(500)
    second, _ = at_once(ours, "time", {"x0": 50.2, "x1": 80.1})
    assert first["monetary"] == second["monetary"] and first["channel"] != second["channel"]
    ours.show("monetary")
    until(lambda: ours.page.evaluate("brush.charts()")["monetary"] != first["monetary"], "a chart that came in sight")
