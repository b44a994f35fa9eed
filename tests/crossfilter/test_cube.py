"""Cubes: what a moving brush is told is exact, or nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossfilter.mirror import as_batch, middle, shop_rows, take_scene
from retail_panel.crossfilter import distinct_cube, pieces
from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.cube import Cube, fill_sums
from retail_panel.crossfilter.delta import Sums
from retail_panel.crossfilter.distinct_cube import fill_distinct
from retail_panel.crossfilter.histogram import Key, histograms
from retail_panel.errors import RetailPanelError
from retail_panel.figures import figures
from retail_panel.store import Store, Superseded, Ticket
from retail_panel.tiles import leaves, shown
from retail_panel.views import OVERVIEW, SEGMENTS

ACTIVE = {
    "time": ("ordered_at",), "amount": ("amount",), "recency": ("recency_days",), "frequency": ("frequency",),
    "weekday by hour": ("hour", "weekday"), "frequency by monetary": ("frequency", "monetary"),
}  # fmt: skip
SOME = ("time", "channel", "segment", "rhythm", "recency", "frequency_monetary")


def wanted(scene, names):
    """Return the keys of charts by measures that add up and that do not, and of every tile."""
    charts = [chart for chart in (*OVERVIEW, *SEGMENTS) if chart.name in names]
    charts = [chart.key(measure) for chart in charts for measure in ("net_sales", "orders", "customers")]
    return list(dict.fromkeys([*charts, *(Key((), leaf) for name in shown(scene) for leaf in leaves(name))]))


def cube_of(scene, dims, keys, filters):
    """Return the whole cube of active dimensions, as answers.py makes it."""
    store, coded = scene.coded.store, scene.coded
    cube = Cube(dims, tuple(coded.bins[d].size for d in dims))
    fill_sums(store, coded, cube, keys, filters)
    if len(dims) == 1:
        fill_distinct(store, coded, cube, keys, filters)
    return cube


def exact(scene, dims, ranges, keys, filters):
    """Return the exact answers under a brush."""
    brush = {d: scene.coded.bins[d].clause(list(range(*span))) for d, span in zip(dims, ranges, strict=True)}
    brush = {d: c or Values(()) for d, c in brush.items()}
    store, coded = scene.coded.store, scene.coded
    lines = coded.table.filter(*among(coded, {**filters, **brush}))
    repeated = figures(store, {"order_line": lines}, ["repeat_customers"])["repeat_customers"]
    return histograms(store, coded, keys, {**filters, **brush}) | {Key((), "repeat_customers"): repeated}


def some_ranges(rng, sizes):
    """Return a brush that leaves something out along every dimension."""
    spans = [sorted(rng.choice(size + 1, 2, replace=False).tolist()) for size in sizes]
    return tuple((low, high) if (low, high) != (0, size) else (1, high)
                 for (low, high), size in zip(spans, sizes, strict=True))  # fmt: skip


@pytest.fixture(scope="module", params=[11, 15])
def random_scene(request):
    """The scene of a random shop, over days or over weeks."""
    store = Store()
    store.append(as_batch(shop_rows(seed=request.param, lines=400, days=7 * request.param)))
    yield take_scene(store)
    store.close()


@pytest.mark.parametrize("active", ACTIVE)
def test_a_brush_is_answered_as_the_engine_would(random_scene, active):
    scene, dims, rng = random_scene, ACTIVE[active], np.random.default_rng(len(active))
    keys = wanted(scene, SOME)
    days = scene.coded.bins["ordered_at"].step == "day"
    filters = {name: middle(scene, name) for name in (("channel", "ordered_at") if days else ("segment", *dims))}
    cube = cube_of(scene, dims, keys, filters)
    for _ in range(2):
        ranges = some_ranges(rng, cube.sizes)
        truth = exact(scene, dims, ranges, keys, filters)
        answers = cube.answer(ranges)
        assert set(answers) <= set(truth)
        for key, array in answers.items():
            np.testing.assert_allclose(array, truth[key], rtol=1e-12, atol=1e-9, err_msg=f"{key} {ranges}")


@pytest.mark.parametrize("active", ACTIVE)
def test_what_is_known_while_a_brush_moves(scene, active):
    dims = ACTIVE[active]
    keys = wanted(scene, SOME)
    known = set(cube_of(scene, dims, keys, {}).answer(tuple((0, 1) for _ in dims)))
    by_customer = set(dims) <= {"recency_days", "frequency", "monetary"}
    for key in keys:
        of_orders = key.measure in ("orders", "transactions", "customer_orders")
        distinct = of_orders or key.measure in ("customers", "new_customers", "buyers")
        apart = not set(key.dims) & set(dims)
        if key.measure == "repeat_customers":
            assert (key in known) == (len(dims) == 1), key
            continue
        assert (key in known) == (apart and (not distinct or len(dims) == 1 or by_customer and not of_orders)), key


def test_an_order_of_two_customers_is_counted_once(empty_store, make_lines):
    customers = ["a", "a", "a", "b"]
    days = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-03"]
    empty_store.append(make_lines(order_id=["1", "2", "3", "3"], customer_id=customers, ordered_at=days, amount=9))
    scene = take_scene(empty_store)
    key = Key((), "orders")
    cube = cube_of(scene, ("frequency",), [key], {})
    assert cube.sizes[0] > 1 and cube.answer(((0, cube.sizes[0]),))[key] == 3
    assert key not in cube_of(scene, ("r", "f"), [key], {}) and Key((), "customers") not in cube


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_distinct_count_over_any_range_of_pieces(data):
    size = data.draw(st.integers(1, 8))
    pieces = st.sets(st.integers(0, size - 1), max_size=size)
    seen = data.draw(st.lists(st.tuples(pieces, st.integers(0, 2)), max_size=12))
    array = np.zeros((size + 1, size, 3))
    for where, passive in seen:
        before = 0
        for piece in sorted(where):
            array[before, piece, passive] += 1
            before = piece + 1
    cube = Cube(("ordered_at",), (size,))
    cube.add_distinct(Key(("kind",), "orders"), array)
    low = data.draw(st.integers(0, size - 1))
    high = data.draw(st.integers(low + 1, size))
    expected = [sum(1 for where, at in seen if at == passive and where & set(range(low, high))) for passive in range(3)]
    assert cube.answer(((low, high),))[Key(("kind",), "orders")].tolist() == expected


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10**6))
def test_a_box_over_two_dimensions_is_a_sum_of_its_cells(across, up, seed):
    rng = np.random.default_rng(seed)
    cells = rng.integers(-(10**12), 10**12, (across, up, 2)).astype(float)
    cube = Cube(("hour", "weekday"), (across, up))
    cube.add_sums(Key(("kind",), "net_sales"), cells)
    (a, b), (c, d) = (sorted(rng.choice(n + 1, 2, replace=False)) for n in (across, up))
    found = cube.answer(((a, b), (c, d)))[Key(("kind",), "net_sales")]
    assert found.tolist() == (cells[a:b, c:d].sum(axis=(0, 1)) / 10_000).tolist()


def test_nothing_sold_is_exactly_zero(empty_store, make_lines):
    days = [f"2024-01-{day:02d}" for day in range(1, 31)]
    amounts = [0.1 * day if day != 20 else 0 for day in range(1, 31)]
    empty_store.append(make_lines(ordered_at=days, amount=[round(amount, 1) for amount in amounts]))
    scene = take_scene(empty_store)
    key = Key((), "gross_sales")
    cube = cube_of(scene, ("ordered_at",), [key], {})
    assert cube.sizes == (30,) and cube.answer(((19, 20),))[key] == 0
    assert cube.answer(((0, 3),))[key] == pytest.approx(0.6, abs=1e-15)


def test_a_copy_keeps_what_it_has_and_leaves_the_first_alone():
    cube = Cube(("amount",), (2,))
    cube.add_sums(Key((), "lines"), np.array([1.0, 2.0]))
    twin = cube.copy()
    twin.add_distinct(Key((), "orders"), np.zeros((3, 2)))
    assert Key((), "lines") in twin and Key((), "orders") in twin and Key((), "orders") not in cube
    assert twin.nbytes > cube.nbytes > 0


class Failing:
    """A store that refuses every question about one dimension."""

    def __init__(self, store, word):
        self._store, self._word = store, word

    def ask(self, question, ticket=None):
        """Answer, or refuse."""
        if self._word in self._store.sql(question):
            raise RetailPanelError("refused")
        return self._store.ask(question, ticket=ticket)


def test_what_fails_is_left_out_of_the_cube(scene):
    failing = Failing(scene.coded.store, "c_tier")
    keys = [Key((dim,), measure) for dim in ("tier", "channel") for measure in ("lines", "orders")]
    cube = Cube(("amount",), (scene.coded.bins["amount"].size,))
    coded = replace(scene.coded, store=failing, sums=Sums())
    fill_sums(failing, coded, cube, keys, {})
    fill_distinct(failing, coded, cube, keys, {})
    assert set(cube.answer(((0, 1),))) == set(keys[2:])


def test_a_cancelled_cube_is_superseded(scene):
    ticket = Ticket()
    ticket.cancel()
    for fill in (fill_sums, fill_distinct):
        with pytest.raises(Superseded):
            fill(scene.coded.store, scene.coded, Cube(("frequency",), (5,)), [Key((), "customers")], {}, ticket)


def test_lines_are_read_in_blocks_of_pieces(random_scene, monkeypatch):
    keys = wanted(random_scene, SOME)
    whole = {dims: cube_of(random_scene, dims, keys, {}) for dims in (("ordered_at",), ("amount",))}
    monkeypatch.setattr(pieces, "MOST_LINES", 50)
    # Charts by dimensions of lines tell more numbers apart than that, and are asked of the engine.
    monkeypatch.setattr(distinct_cube, "MOST_NUMBERS", 100)
    for dims, expected in whole.items():
        found = {key: array for key, _, array in cube_of(random_scene, dims, keys, {}).arrays()}
        for key, _, array in expected.arrays():
            assert (found.pop(key) == array).all(), key
        assert not found
