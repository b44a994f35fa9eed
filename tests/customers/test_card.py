import datetime as dt

import pandas as pd
import pytest
from scipy.stats import percentileofscore

from retail_panel.customers import CustomersPipeline
from retail_panel.customers.card import card
from retail_panel.customers.favourites import Favourite
from retail_panel.customers.gaps import population_gaps
from retail_panel.customers.segments import INDEX
from retail_panel.demo import folder
from retail_panel.intake import load
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

DAY = dt.date(2024, 6, 30)


@pytest.fixture
def cards(store):
    """A function that returns the card of one of the six customers by name."""
    population = CustomersPipeline(method="rules").run(store, store.lines, "population")
    keys = {row["customer_id"]: row["customer_key"] for row in store.ask(store.customers).to_pylist()}
    return lambda name, as_of=DAY: card(store.ask, store.lines, population.table, keys.get(name, 99), as_of)


def test_ada_by_hand(cards):
    ada = cards("Ada")
    assert ada.timeline[["day", "amount", "lines", "order_id"]].values.tolist() == [
        [dt.date(2024, 6, 30), 20, 1, "o11"],
        [dt.date(2024, 6, 25), 200, 1, "o9"],
        [dt.date(2024, 4, 15), 80, 1, "o5"],
        [dt.date(2024, 1, 10), 140, 2, "o1"],
    ]
    assert (ada.transactions, ada.net_sales, ada.segment) == (4, 440, INDEX["Champions"])
    assert (ada.first_day, ada.last_day) == (dt.date(2024, 1, 10), DAY)
    # Best of six in each: five are worse, and half of herself.
    assert [found.percentile for found in ada.ranks.values()] == [5.5 / 6] * 3
    assert (ada.ranks["monetary"].value, ada.ranks["monetary"].score) == (440, 5)
    assert ada.favourites == {"channel": Favourite("Online", 360.0), "category": Favourite("Coats", 200.0)}
    # Gaps of 96, 71 and 5 days.
    assert (ada.expected.day, ada.expected.until) == (DAY + dt.timedelta(71), DAY + dt.timedelta(84))
    assert ada.expected.is_own and not ada.expected.is_overdue


def test_returns_and_equals_are_told(cards):
    ben = cards("Ben")
    assert ben.timeline.iloc[0][["day", "amount", "lines", "returns", "returned"]].tolist() == [
        dt.date(2024, 6, 28), -200, 1, 1, -200,
    ]  # fmt: skip
    assert (ben.last_day, ben.transactions, ben.net_sales) == (dt.date(2024, 6, 20), 4, 130)
    # Hats 30, shoes 100, coats 200 - 200.
    assert ben.favourites["category"] == Favourite("Shoes", 100.0)
    dan, cleo = cards("Dan"), cards("Cleo")
    assert cleo.ranks["monetary"].percentile == pytest.approx(1 / 6)
    assert (cleo.expected.is_own, dan.expected.is_own) == (False, False)
    assert dan.expected.is_overdue


def test_ties_of_favourites_are_listed(fill):
    store = fill([("a", "2024-01-01", 5), ("a", "2024-01-02", 5), ("a", "2024-01-03", 4)])
    population = CustomersPipeline().run(store, store.lines, "population")
    coded = store.lines.mutate(c_channel=store.lines.line.cast("uint8"))
    found = card(store.ask, coded, population.table, 0, DAY, ("c_channel", "category"))
    assert found.favourites == {"c_channel": Favourite(1, 5.0, (2,)), "category": Favourite(None, 0.0)}


def test_nothing_later_is_counted(cards):
    ada = cards("Ada", dt.date(2024, 6, 24))
    assert (ada.last_day, ada.transactions, ada.net_sales) == (dt.date(2024, 4, 15), 2, 220)
    # Her one gap of 96 days is none of her own yet; Ben's are 109 and 31, Dan's is 36.
    assert (ada.expected.is_own, ada.expected.day) == (False, dt.date(2024, 4, 15) + dt.timedelta(66))


def test_an_unknown_customer_has_an_empty_card(cards):
    found = cards("Nobody")
    assert (len(found.timeline), found.transactions, found.net_sales, found.ranks) == (0, 0, 0, {})
    assert (found.first_day, found.segment, found.favourites["channel"]) == (None, None, Favourite(None, 0.0))
    assert found.expected.day is None


def test_demo_cards_against_pandas():
    store = Store()
    load(folder(), store)
    population = CustomersPipeline().run(store, store.lines, "population")
    scored, day = store.ask(population.table).to_pandas(), population.reference_day
    rows = store.ask(store.lines).to_pandas()
    rows["day"] = rows.ordered_at.dt.normalize()
    gaps = population_gaps(store.ask, store.lines, day)
    for key in scored.sort_values(["frequency", "customer_key"]).customer_key.iloc[::1500]:
        own = rows[rows.customer_key == key]
        found = card(store.ask, store.lines, population.table, key, day, population=gaps)
        sales = own[~own.is_return]
        assert found.timeline.amount.sum() == pytest.approx(own.amount.sum() / MONEY_SCALE)
        assert (found.transactions, found.timeline.lines.sum()) == (own.order_key.nunique(), len(own))
        assert (found.first_day, found.last_day) == (sales.day.min().date(), sales.day.max().date())
        by_channel = own.groupby("channel").amount.sum()
        assert found.favourites["channel"].value == by_channel.idxmax()
        theirs = scored.set_index("customer_key").loc[key]
        for measure, sign in (("recency_days", -1), ("frequency", 1), ("monetary", 1)):
            expected = percentileofscore(sign * scored[measure], sign * theirs[measure], "mean") / 100
            assert found.ranks[measure].percentile == pytest.approx(expected)
        days = sales.day.drop_duplicates().sort_values().diff().dropna().dt.days
        median = days.median() if len(days) > 1 else gaps.median
        assert found.expected.day == found.last_day + pd.Timedelta(days=int(median + 0.5))
    store.close()
