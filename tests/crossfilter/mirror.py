"""A shop with every dimension and every flaw, and its mirror: the same answers from pandas, without the engine."""

import numpy as np
import pandas as pd
import pyarrow as pa

from retail_panel.crossfilter.bins import CategoryBins
from retail_panel.crossfilter.clause import NONE, Values
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.dimensions import DIMENSIONS
from retail_panel.schema import MONEY_SCALE, ORDER_LINE, arrow_schema
from retail_panel.store import Shelf

CATEGORIES = ("brand", "channel", "store", "country", "category", "product", "kind", "tier")
SCORED = ("segment", "cluster", "recency_days", "frequency", "monetary", "r", "f", "m")
DEFINITION = definition_of(CustomersPipeline(k=3))


def shop_rows(seed=1, lines=900, first="2024-02-20", days=70):
    """Return random order lines, amounts in pounds: guests, missing values, an order of two customers, returns."""
    rng = np.random.default_rng(seed)

    def some(values, missing=0.0, weights=None):
        found = rng.choice(np.array(values, object), lines, p=weights)
        return np.where(rng.random(lines) < missing, None, found)

    kind = some(["Full Price", "Discount", "Return"], weights=[0.7, 0.2, 0.1])
    size = np.where(kind == "Return", -1, 1)
    frame = {
        "order_id": some([f"o{i}" for i in range(lines // 3)], 0.1),
        "customer_id": some([f"c{i}" for i in range(60)], 0.15, _weights(60)),
        "ordered_at": pd.Timestamp(first) + pd.to_timedelta(rng.integers(0, days * 1440, lines), "min"),
        "brand": some(["North", "South"]),
        "channel": some(["Online", "In-store", "(none)"], 0.05),
        "store": some([f"Shop {i}" for i in range(20)], 0.01, _weights(20)),
        "country": some(["UK", "Éire, North", "50% land"]),
        "category": some(["Shoes", "Hats", "Coats"], 0.1),
        "product": some([f"p{i}" for i in range(40)]),
        "kind": kind,
        "tier": some(["Gold", "Silver"], 0.3),
        "quantity": np.where(rng.random(lines) < 0.1, None, size * rng.integers(1, 5, lines)),
        "amount": size * np.where(rng.random(lines) < 0.03, 0, np.round(rng.gamma(2, 20, lines), 2)),
        "list_amount": np.where(rng.random(lines) < 0.1, None, size * np.round(rng.gamma(2, 25, lines), 2)),
        "unit_cost": np.where(rng.random(lines) < 0.2, None, np.round(rng.gamma(2, 5, lines), 2)),
    }
    marks = ("is_duplicate", "is_zero_price", "is_adjustment", "is_outlier")
    return pd.DataFrame({**frame, **{mark: rng.random(lines) < 0.1 for mark in marks}})


def _weights(count):
    falling = 1 / np.arange(1, count + 1)
    return falling / falling.sum()


def as_batch(rows):
    """Return rows as a clean batch."""
    height = len(rows)
    given = {name: rows[name].astype(object).where(rows[name].notna(), None) for name in rows}
    for name in ("amount", "list_amount", "unit_cost"):
        given[name] = [None if value is None else round(value * MONEY_SCALE) for value in given[name]]
    given["is_return"] = rows.kind == "Return"
    given["ordered_at"] = rows.ordered_at.astype("datetime64[us]")
    columns = [pa.array(given[c.name], c.type) if c.name in given else pa.nulls(height, c.type) for c in ORDER_LINE]
    return pa.Table.from_arrays(columns, schema=arrow_schema(ORDER_LINE))


def middle(scene, name):
    """Return a clause that keeps some pieces of a dimension, not the first."""
    cut = scene.coded.bins[name]
    return cut.clause(list(range(1, max(2, cut.size - cut.size // 3))))


def take_scene(store, scope=None, definition=None):
    """Return the scene of a scope, as nobody else has made it before."""
    return Scenes(store, Shelf(), "GBP").take(scope or {}, definition or DEFINITION)[1]


class Mirror:
    """Answers about the rows of one scene, computed in pandas.

    Parameters
    ----------
    rows : pandas.DataFrame
        Every row of the store, as :func:`shop_rows` returns.
    scene : Scene
        Gives the cuts of its bins and the values of its scored customers; rows are in scope where ``inside`` holds.
    inside : array of bool, optional
        Default: every row.
    """

    def __init__(self, rows, scene, inside=None):
        rows = _with_keys(rows)
        rows = rows if inside is None else rows[np.asarray(inside)]
        self.bins = scene.coded.bins
        self.rows = rows.reset_index(drop=True)
        self.values = {name: self.rows[name].fillna(NONE) for name in CATEGORIES}
        self.values |= {"ordered_at": self.rows.ordered_at, "amount": self.rows.amount}
        moment = self.rows.ordered_at.dt
        self.values |= {"weekday": moment.strftime("%a"), "hour": moment.strftime("%H")}
        if scene.population:
            store = scene.coded.store
            people = store.ask(store.customers).to_pandas().set_index("customer_key").customer_id
            scored = store.ask(scene.population.table).to_pandas()
            scored = scored.set_index(scored.customer_key.map(people))
            for name in SCORED:
                values = self.rows.customer_id.map(scored[name])
                number = DIMENSIONS[name].kind == "number"
                self.values[name] = values if number else _label(self.bins[name], name, values)

    def codes(self, name):
        """Return the piece of each row, -1 where it has none."""
        cut, values = self.bins[name], self.values[name]
        if isinstance(cut, CategoryBins):
            found = {value: code for code, value in enumerate(cut.values)} | dict.fromkeys(cut.rest, len(cut.values))
            return values.map(found).fillna(-1).astype(int).to_numpy()
        edges = pd.Series(cut.edges[1:-1], dtype=values.dtype if name == "ordered_at" else float)
        codes = np.searchsorted(edges, values.ffill().bfill(), side="right")
        return np.where(values.isna(), -1, codes)

    def mask(self, filters, ignore=()):
        """Return whether each row obeys the filters on other dimensions than those ignored."""
        keep = np.ones(len(self.rows), bool)
        for name, clause in filters.items():
            if name in ignore:
                continue
            values = self.values[name]
            if isinstance(clause, Values):
                keep &= values.isin(clause.values).to_numpy()
            else:
                keep &= values.notna().to_numpy()
                keep &= True if clause.low is None else (values >= clause.low).to_numpy()
                keep &= True if clause.high is None else (values < clause.high).to_numpy()
        return keep

    def figure(self, measure, keep=slice(None)):
        """Return a measure of some rows."""
        return MEASURED[measure](self.rows[keep])

    def histogram(self, key, filters):
        """Return a measure by dimensions under the filters on other dimensions."""
        array = np.zeros(tuple(self.bins[name].size for name in key.dims))
        codes = [self.codes(name) for name in key.dims]
        keep = self.mask(filters, key.dims)
        for place in set(zip(*(code[keep] for code in codes), strict=True)):
            if min(place) >= 0:
                here = np.logical_and.reduce([keep, *(code == at for code, at in zip(codes, place, strict=True))])
                array[place] = self.figure(key.measure, here)
        return array


def _with_keys(rows):
    rows = rows.copy()
    money = ("amount", "list_amount", "unit_cost")
    rows[[*money, "quantity"]] = rows[[*money, "quantity"]].astype(float)
    for name in money:
        rows[name] = (rows[name] * MONEY_SCALE).round()
    rows["order"] = rows.order_id.where(rows.order_id.notna(), [f"line {i}" for i in range(len(rows))])
    rows["order"] = np.where(rows.order_id.isna(), rows["order"], rows["brand"].fillna("") + "|" + rows["order"])
    sales = rows[(rows.kind != "Return") & rows.customer_id.notna()]
    first = sales.ordered_at.dt.normalize().groupby(sales.customer_id).min()
    rows["is_first_day"] = rows.customer_id.map(first) == rows.ordered_at.dt.normalize()
    rows["cost"] = rows.unit_cost * rows.quantity
    return rows


def _label(cut, name, values):
    labels = dict(enumerate(cut.values))
    return (values - 1 if name in ("r", "f", "m") else values).map(labels)


def _sold(rows):
    return rows[rows.kind != "Return"]


def _pounds(series):
    return float(series.sum() / MONEY_SCALE)


MEASURED = {
    "lines": len,
    "net_sales": lambda rows: _pounds(rows.amount),
    "gross_sales": lambda rows: _pounds(_sold(rows).amount),
    "returns_value": lambda rows: _pounds(rows.amount[rows.kind == "Return"]),
    "discounted_sales": lambda rows: _pounds(rows.amount[rows.kind == "Discount"]),
    "gross_margin": lambda rows: _pounds((rows.amount - rows.cost)[rows.cost.notna()]),
    "costed_sales": lambda rows: _pounds(rows.amount[rows.cost.notna()]),
    "units": lambda rows: float(rows.quantity.sum()),
    "units_sold": lambda rows: float(_sold(rows).quantity.sum()),
    "orders": lambda rows: _sold(rows)["order"].nunique(),
    "transactions": lambda rows: rows["order"].nunique(),
    "customers": lambda rows: rows.customer_id.nunique(),
    "buyers": lambda rows: _sold(rows).customer_id.nunique(),
    "customer_orders": lambda rows: _sold(rows)[_sold(rows).customer_id.notna()]["order"].nunique(),
    "new_customers": lambda rows: _sold(rows)[_sold(rows).is_first_day].customer_id.nunique(),
    "repeat_customers": lambda rows: int((_sold(rows).groupby("customer_id")["order"].nunique() > 1).sum()),
}
