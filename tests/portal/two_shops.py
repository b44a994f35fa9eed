"""The rows of all beside those of a visitor alone: whatever they ask, both shops should answer the same."""

from contextlib import contextmanager

import numpy as np
from crossfilter.desk import Desk
from crossfilter.mirror import as_batch, shop_rows

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.portal.person import Person
from retail_panel.store import RowPolicy, Shelf, Store

#: What stands in rows that the visitor may not see, and nowhere else.
FORBIDDEN = "forbidden"
NORTH = RowPolicy((("brand", ("North",)),))
EITHER = RowPolicy.any_of(
    [RowPolicy((("channel", ("Online",)), ("brand", ("North",)))), RowPolicy((("tier", ("Gold",)),))]
)


def permitted(rows, policy):
    """Return which rows a policy permits, by pandas."""
    inside = np.zeros(len(rows), bool)
    for way in policy.ways:
        inside |= np.logical_and.reduce([rows[column].isin(values) for column, values in way])
    return inside


def person(policy, **more):
    return Person("Vera", "viewer", policy, frozenset(), **more)


@contextmanager
def pair(policy):
    """Yield (store, scenes) of all rows and of permitted ones, and the others' rows; an administrator has looked."""
    rows = shop_rows(seed=8, lines=160)
    inside = permitted(rows, policy)
    assert 20 < inside.sum() < 140
    for name in ("product", "description", "store"):
        rows[name] = rows.get(name, rows["product"]).where(inside, FORBIDDEN + " " + rows.index.astype(str))
    both = []
    for some in (rows, rows[inside]):
        store = Store()
        store.append(as_batch(some))
        both.append((store, Scenes(store, Shelf(spare=8), "GBP")))
    store, scenes = both[0]
    with store.loading("of others") as load:
        load.report({"rows": 500, "notes": ["South"]})
    store.save_view("local", "a view of all", "brand=South")
    admin = Desk(store, scenes)
    admin.open("rfm.k=3")
    yield both, rows[~inside]
    admin.session.close()
    for store, _ in both:
        store.close()
