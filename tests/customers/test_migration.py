import datetime as dt

import numpy as np
import pandas as pd
import pytest

from customers.as_of import as_of
from customers.demo_sample import frame_of, sample_batch
from retail_panel.customers import RFMDefinition
from retail_panel.customers.migration import NOT_YET, SOURCES, TARGETS, migration
from retail_panel.errors import UnusableInput
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

FROM, TO = dt.date(2025, 11, 30), dt.date(2026, 5, 17)


@pytest.fixture(scope="module")
def sample():
    store = Store()
    store.append(sample_batch())
    yield store
    store.close()


def expected(rows, from_day, to_day, **definition):
    before, after = as_of(rows, from_day, **definition), as_of(rows, to_day, **definition)
    paired = after.join(before.add_suffix("_before")).assign(
        segment_before=lambda t: t.segment_before.fillna(NOT_YET), monetary_before=lambda t: t.monetary_before.fillna(0)
    )
    return {
        pair: (len(group), group.monetary.sum() / MONEY_SCALE, group.monetary_before.sum() / MONEY_SCALE)
        for pair, group in paired.groupby(["segment_before", "segment"])
    }


def as_dict(found):
    return {(r.source, r.target): (r.customers, r.monetary, r.monetary_before) for r in found.table.itertuples()}


def test_six_customers_by_hand(store):
    found = migration(store.ask, store.lines, RFMDefinition(), dt.date(2024, 1, 31), dt.date(2024, 6, 30))
    assert as_dict(found) == {
        ("New", "At Risk"): (1, 300, 200),  # Dan
        ("Promising", "Champions"): (1, 440, 140),  # Ada
        ("Hibernating", "Lost"): (1, 20, 20),  # Eve
        (NOT_YET, "Loyal"): (1, 130, 0),  # Ben
        (NOT_YET, "New"): (1, 20, 0),  # Cleo
        (NOT_YET, "About to Sleep"): (1, 120, 0),  # Finn
    }
    assert found.customers == 6
    assert found.table.share.tolist() == pytest.approx([1, 1, 1, 1 / 3, 1 / 3, 1 / 3])
    assert found.table.target.tolist() == ["At Risk", "Champions", "Lost", "Loyal", "New", "About to Sleep"]
    money = found.matrix("monetary")
    assert (money.loc[NOT_YET].sum(), money["Champions"].sum()) == (270, 440)


def test_only_some_are_counted_though_everybody_is_scored(store):
    days = dt.date(2024, 1, 31), dt.date(2024, 6, 30)
    everybody = migration(store.ask, store.lines, RFMDefinition(), *days)
    known = store.customers.filter(store.customers.customer_id.isin(("Ada", "Cleo"))).select("customer_key")
    among = store.lines.semi_join(known, "customer_key")
    found = migration(store.ask, store.lines, RFMDefinition(), *days, among)
    assert as_dict(found) == {pair: as_dict(everybody)[pair] for pair in (("Promising", "Champions"), (NOT_YET, "New"))}
    assert found.customers == 2 and found.table.share.tolist() == [1, 1]
    nobody = migration(store.ask, store.lines, RFMDefinition(), *days, store.lines.filter(False))
    assert nobody.table.empty and nobody.customers == 0


@pytest.mark.parametrize(
    "definition", [{}, {"frequency": "days", "monetary": "gross"}, {"frequency": "lines", "returns": "count"}], ids=str
)
def test_demo_against_pandas(sample, definition):
    found = migration(sample.ask, sample.lines, RFMDefinition(**definition), FROM, TO)
    assert as_dict(found) == expected(frame_of(sample_batch()), FROM, TO, **definition)


def test_matrix_holds_all_segments_and_adds_up(sample):
    found = migration(sample.ask, sample.lines, RFMDefinition(), FROM, TO)
    rows = frame_of(sample_batch())
    before, after = as_of(rows, FROM), as_of(rows, TO)
    matrix = found.matrix()
    assert (tuple(matrix.index), tuple(matrix.columns)) == (SOURCES, TARGETS)
    kept = matrix.drop(index=NOT_YET).sum(axis=1)
    assert kept[kept > 0].to_dict() == before.groupby("segment").size().to_dict()
    assert matrix.sum()[matrix.sum() > 0].to_dict() == after.groupby("segment").size().to_dict()
    shares = found.matrix("share").sum(axis=1)
    assert np.where(matrix.sum(axis=1) > 0, 1, 0) == pytest.approx(shares.to_numpy())
    assert found.matrix("monetary_before").loc[NOT_YET].sum() == 0
    with pytest.raises(UnusableInput, match="migration figure 'money'; allowed: customers, share, monetary"):
        found.matrix("money")


def test_flows_name_no_segment_on_both_sides(sample):
    found = migration(sample.ask, sample.lines, RFMDefinition(), FROM, TO)
    flows = found.flows()
    assert set(flows.source).isdisjoint(flows.target)
    assert {"Loyal, 2025-11-30", NOT_YET} <= set(flows.source)
    assert "Loyal, 2026-05-17" in set(flows.target)
    assert flows.customers.sum() == found.customers
    assert found.table.source[0] in SOURCES


def test_within_one_day_everybody_stays(sample):
    found = migration(sample.ask, sample.lines, RFMDefinition(), FROM, FROM)
    assert (found.table.source == found.table.target).all()
    assert (found.table.monetary == found.table.monetary_before).all()
    assert found.customers == len(as_of(frame_of(sample_batch()), FROM))


def test_later_lines_change_nothing(sample):
    found = migration(sample.ask, sample.lines, RFMDefinition(), FROM, TO)
    until = sample.lines.filter(sample.lines.ordered_at < dt.datetime(2026, 5, 18))
    pd.testing.assert_frame_equal(found.table, migration(sample.ask, until, RFMDefinition(), FROM, TO).table)
    assert sample.ask(until).num_rows < sample_batch().num_rows


def test_days_the_wrong_way_round(store):
    with pytest.raises(UnusableInput, match="from 2024-02-02 to 2024-02-01; allowed: a first day not after"):
        migration(store.ask, store.lines, RFMDefinition(), dt.date(2024, 2, 2), dt.date(2024, 2, 1))


def test_nobody_has_bought_yet(store):
    found = migration(store.ask, store.lines, RFMDefinition(), dt.date(2023, 1, 1), dt.date(2023, 2, 1))
    assert (found.customers, len(found.table), found.matrix().to_numpy().sum(), len(found.flows())) == (0, 0, 0, 0)
    guests = migration(store.ask, store.lines.drop("customer_key"), RFMDefinition(), FROM, TO)
    assert guests.customers == 0


def test_everybody_is_new(store):
    found = migration(store.ask, store.lines, RFMDefinition(), dt.date(2023, 1, 1), dt.date(2024, 6, 30))
    assert (set(found.table.source), found.customers) == ({NOT_YET}, 6)


def test_uci_against_pandas(uci, uci_rows):
    rows = pd.DataFrame({"customer": uci_rows.CustomerID, "order": uci_rows.InvoiceNo, "amount": uci_rows.amount})
    rows = rows.assign(day=uci_rows.InvoiceDate.dt.normalize(), back=False)
    days = dt.date(2011, 6, 30), dt.date(2011, 12, 9)
    found = migration(uci.ask, uci.lines, RFMDefinition(), *days)
    assert found.customers == 4338
    assert as_dict(found) == expected(rows, *days)
