"""Findings: what is claimed, in which words, and what is not claimed."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from statsmodels.stats.multitest import multipletests

from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.selection import Selection
from retail_panel.demo import demo_seed_layout
from retail_panel.dimensions import WEEKDAYS
from retail_panel.errors import UnusableInput
from retail_panel.insight.comparison import compare_groups
from retail_panel.insight.findings import findings
from retail_panel.insight.standings import standing_findings
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "order_lines.csv.gz"
BY = {"tier": "tier", "channel": "channel", "category": "category", "kind": "kind"}
WEEKDAY = {"weekday": lambda t: t.ordered_at.day_of_week.index()}


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def bench():
    """A store in memory that these tests share."""
    store = Store(threads=1)
    yield store
    store.close()


def kept(store, name, rows):
    return store.keep_table(name, pa.Table.from_pandas(rows, preserve_index=False))


@pytest.fixture(scope="module")
def demo(bench):
    """The demo's first 20,000 lines: as a pandas frame, and as lines in the store."""
    raw = pd.read_csv(DEMO, nrows=20_000)
    rows = raw[["channel", "category", "tier", "kind"]].assign(
        order_key=pd.factorize(raw.order_id)[0].astype("int64"),
        customer_key=pd.Series(pd.factorize(raw.customer_id)[0]).replace(-1, pd.NA).astype("Int32"),
        amount=(raw.amount * MONEY_SCALE).round().astype("int64"),
        is_return=raw.kind == "Return", ordered_at=pd.to_datetime(raw.ordered_at),
    )  # fmt: skip
    return rows, kept(bench, "demo", rows)


def seed_layout(seed, lift=0.0):
    """Five thousand lines in the seed's layout, nothing depending on anything but, with a lift, Gold spending more."""
    raw = demo_seed_layout(seed)
    money = raw.purchase_amount * np.where(raw.customer_tier == "Gold", 1 + lift, 1)
    back = raw.transaction_type == "Return"
    return pd.DataFrame({
        "order_key": np.arange(len(raw)), "customer_key": raw.customer_id.astype("int32"),
        "amount": (money * np.where(back, -1, 1) * MONEY_SCALE).round().astype("int64"), "is_return": back,
        "ordered_at": pd.to_datetime(raw.purchase_date, format="%m/%d/%Y"), "channel": raw.channel,
        "category": raw.product_category, "kind": raw.transaction_type, "tier": raw.customer_tier,
    })  # fmt: skip


def of_tiers(found):
    return [finding for finding in found if ".tier" in finding.name]


def test_on_tiers_drawn_at_random_no_tier_is_said_to_spend_more_and_where_gold_does_it_is(bench):
    claimed, missed = 0, 0
    for seed in range(8):
        lines = kept(bench, "seed", seed_layout(seed))
        tiers = of_tiers(findings(bench.ask, lines, BY))
        assert len(tiers) == 1 or all(finding.beyond_noise for finding in tiers)
        claimed += any(finding.beyond_noise for finding in tiers)
        lines = kept(bench, "seed", seed_layout(seed, lift=0.3))
        best = [finding for finding in findings(bench.ask, lines, BY) if finding.name.endswith("tier.Gold")]
        missed += not (best and "higher" in best[0].sentence)
    assert (claimed, missed) == (0, 0)


def test_the_sentence_of_tiers_within_noise_names_each_with_its_interval(bench):
    rows = seed_layout(0)
    (found,) = of_tiers(findings(bench.ask, kept(bench, "seed", rows), BY))
    assert not found.beyond_noise and found.strength == 0 and found.selection == {}
    sentence = plain(found.sentence)
    assert sentence.startswith("No difference in average transaction value between tiers beyond noise: Bronze £")
    mean = rows.assign(spent=rows.amount.abs() / MONEY_SCALE).groupby("tier").spent.mean()
    for tier, figure in zip(("Bronze", "Silver", "Gold", "Platinum"), found.evidence.figures, strict=True):
        assert figure.label == tier and figure.value == pytest.approx(mean[tier])
        assert f"{tier} £{mean[tier]:,.2f} (£{figure.low:,.2f} to £{figure.high:,.2f})" in sentence


def test_the_sentence_of_a_tier_that_spends_more(bench):
    rows = seed_layout(0, lift=0.3)
    found = next(f for f in findings(bench.ask, kept(bench, "gold", rows), BY, currency="EUR") if "Gold" in f.name)
    spent, gold = rows.amount.abs() / MONEY_SCALE, rows.tier == "Gold"
    own, rest = spent[gold].mean(), spent[~gold].mean()
    own_figure, rest_figure = found.evidence.figures
    assert plain(found.sentence) == (
        f"Average transaction value is {100 * (own / rest - 1):.1f}% higher for tier Gold than for the rest: "
        f"€{own:.2f} (€{own_figure.low:.2f} to €{own_figure.high:.2f}) against "
        f"€{rest:.2f} (€{rest_figure.low:.2f} to €{rest_figure.high:.2f}), with 95% intervals."
    )
    assert found.selection == {"tier": Values(("Gold",))}
    assert found.evidence.gap.low > 0 and found.evidence.p <= found.evidence.p_adjusted < 0.001
    assert found.evidence.n == len(rows)
    assert found.strength == pytest.approx((own / rest - 1) * gold.mean())


def test_the_selection_of_a_finding_can_be_set_and_put_into_the_url(bench, demo):
    for finding in findings(bench.ask, demo[1], BY):
        selection = Selection()
        selection.set(finding.selection)
        again = Selection()
        again.read(selection.query())
        assert again.clauses == finding.selection


def test_effects_put_into_the_demo_are_found(bench, demo):
    rows, lines = demo
    found = {finding.name: finding for finding in findings(bench.ask, lines, BY)}
    back = rows.is_return.groupby(rows.category).mean()
    worst = found[f"return_rate_lines.category.{back.idxmax()}"]
    assert worst.evidence.figures[0].value == pytest.approx(back.max())
    points = 100 * (back.max() - rows.is_return[rows.category.notna() & (rows.category != back.idxmax())].mean())
    assert f"The share of lines returned is {points:.1f} percentage points higher" in worst.sentence
    spent = rows.assign(spent=rows.amount.abs() / MONEY_SCALE).groupby(["category", "order_key"]).spent.sum()
    dearest = spent.groupby("category").mean()
    assert f"average_transaction_value.category.{dearest.idxmax()}" in found
    assert {"net_sales.top_customers", "repeat_rate"} <= set(found)


def test_the_strongest_come_first_and_what_is_within_noise_last(bench, demo):
    found = findings(bench.ask, demo[1], BY | WEEKDAY, {"weekday": WEEKDAYS})
    keys = [(not finding.beyond_noise, -finding.strength) for finding in found]
    assert keys == sorted(keys) and len({finding.name for finding in found}) == len(found)
    assert all(finding.strength == 0 for finding in found if not finding.beyond_noise)


def test_evidence_in_words_names_test_p_and_n(bench, demo):
    found = {finding.name: finding.evidence for finding in findings(bench.ask, demo[1], BY)}
    repeat = found["repeat_rate"]
    assert repeat.words() == f"95% Wilson interval; n = {repeat.n:,}"
    worst = next(evidence for name, evidence in found.items() if name.startswith("return_rate_lines.category"))
    assert worst.words().startswith("chi-square test on effective counts, customers as clusters, then against the rest")
    assert "p below 0.0001, below 0.0001 corrected" in worst.words() and worst.words().endswith(f"n = {worst.n:,}")


def test_at_most_two_claims_a_comparison_or_one_sentence_without(bench, demo):
    found = findings(bench.ask, demo[1], BY | WEEKDAY, {"weekday": WEEKDAYS})
    for dimension in [*BY, "weekday"]:
        for subject in ("average_transaction_value", "return_rate_lines"):
            some = [f for f in found if f.name.startswith(f"{subject}.{dimension}")]
            assert len(some) <= 2 and len({f.beyond_noise for f in some}) <= 1
            if not any(f.beyond_noise for f in some):
                assert len(some) <= 1


def test_all_tests_of_one_call_are_corrected_together(bench, demo):
    _, lines = demo
    periods = ((dt.date(2024, 11, 1), dt.date(2024, 12, 1)), (dt.date(2024, 12, 1), dt.date(2025, 1, 1)))
    by = {"channel": "channel", "tier": "tier"}
    found = {finding.name: finding.evidence for finding in findings(bench.ask, lines, by, periods=periods)}
    compared = [*compare_groups(bench.ask, lines, by), *compare_groups(bench.ask, lines, "channel", "return")]
    raw = [one.p for one in compared] + [s.difference.p for one in compared for s in one.standings if s.enough]
    raw.append(found["net_sales.growth"].p)
    fixed = dict(zip(raw, multipletests(raw, method="fdr_bh")[1], strict=True))
    tested = [evidence for evidence in found.values() if evidence.p is not None]
    assert len(tested) >= 3
    for evidence in tested:
        assert evidence.p_adjusted == pytest.approx(fixed[evidence.p])


def test_codes_become_labels(bench, demo):
    rows, _ = demo
    codes, labels = pd.factorize(rows.category)
    coded = kept(bench, "coded", rows[codes >= 0].assign(c_category=codes[codes >= 0].astype("uint8")))
    by_code = findings(bench.ask, coded, {"category": "c_category"}, {"category": list(labels)})
    by_text = findings(bench.ask, coded, {"category": "category"})
    assert [f.sentence for f in by_code] == [f.sentence for f in by_text]
    assert [f.selection for f in by_code] == [f.selection for f in by_text]


def two_groups(bench, name, gap):
    chance = np.random.default_rng(0)
    group = np.arange(2_000) % 2
    rows = pd.DataFrame({
        "order_key": np.arange(2_000), "customer_key": np.arange(2_000, dtype="int32"), "is_return": False,
        "amount": ((chance.normal(100, 5, 2_000) + gap * group) * MONEY_SCALE).astype("int64"), "g": group,
    })  # fmt: skip
    return kept(bench, name, rows)


def test_of_two_values_one_sentence_says_both(bench):
    (comparison,) = compare_groups(bench.ask, two_groups(bench, "pair", 20), {"channel": "g"})
    (found,) = standing_findings(comparison, ("Online", "Shop"))
    assert "higher for channel Shop than for channel Online" in found.sentence


def test_what_is_beyond_noise_but_trivial_is_said_to_be_so(bench):
    (comparison,) = compare_groups(bench.ask, two_groups(bench, "tiny", 0.9), {"category": "g"})
    (found,) = standing_findings(comparison)
    assert comparison.p_adjusted < 0.05 and not found.beyond_noise
    assert "between categories worth acting on (none beyond noise reaches 1%)" in found.sentence


def test_a_segment_is_said_to_be_cut_by_spending(bench):
    (comparison,) = compare_groups(bench.ask, two_groups(bench, "cut", 20), {"segment": "g"})
    (found,) = standing_findings(comparison, ("Lost", "Champions"))
    assert found.sentence.endswith("so part of the gap is there by construction.")
    assert found.selection == {"segment": Values(("Champions",))}


def test_the_six_customers_give_no_finding(store):
    assert findings(store.ask, store.lines, {"channel": "channel", "category": "category"}) == ()


def test_empty_and_customerless_lines(bench, demo, empty_store):
    assert findings(empty_store.ask, empty_store.lines, {"tier": "tier"}) == ()
    found = findings(bench.ask, demo[1].drop("customer_key"), BY)
    assert found and not {"net_sales.top_customers", "repeat_rate"} & {finding.name for finding in found}


@pytest.mark.parametrize("second", [(dt.date(2024, 11, 20), dt.date(2025, 1, 1)), (dt.date(2025, 1, 1),) * 2])
def test_periods_that_overlap_or_are_empty_are_told(bench, demo, second):
    periods = ((dt.date(2024, 11, 1), dt.date(2024, 12, 1)), second)
    with pytest.raises(UnusableInput, match="periods 2024-11-01 to 2024-12-01, .*second not before the first ends"):
        findings(bench.ask, demo[1], BY, periods=periods)
