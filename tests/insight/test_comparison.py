"""Comparisons against scipy and statsmodels, and what they claim on groups drawn at random and on ones that differ."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.oneway import anova_oneway

from retail_panel.insight.comparison import compare_groups, compared, judge
from retail_panel.insight.groups import Groups, group_moments
from retail_panel.schema import MONEY_SCALE
from retail_panel.store import Store

UCI = Path(__file__).resolve().parents[3] / "shared" / "real-data" / "online_retail.csv.gz"
TIERS = np.array(["Bronze", "Silver", "Gold", "Platinum"])
WEIGHTS = (0.32, 0.28, 0.22, 0.18)


@pytest.fixture(scope="module")
def bench():
    """A store in memory that these tests share."""
    store = Store(threads=1)
    yield store
    store.close()


def kept(store, name, customers=True, **columns):
    """Keep one order of one line a row: ``tier``, ``customer``, ``money`` and what else is given."""
    rows = pd.DataFrame(columns)
    rows["order_key"] = np.arange(len(rows))
    rows["amount"] = (rows.pop("money") * MONEY_SCALE).round().astype("int64")
    rows["is_return"] = rows.get("is_return", False)
    rows["ordered_at"] = pd.Timestamp("2024-01-01")
    if customers:
        rows["customer_key"] = rows.pop("customer").astype("int32")
    return store.keep_table(name, pa.Table.from_pandas(rows, preserve_index=False))


def groups_by_numpy(tier, customer, money):
    """Return what :func:`group_moments` would, by matrices, so that hundreds of draws are quick."""
    values, code = np.unique(tier, return_inverse=True)
    k, mean = len(values), money.mean()
    shape = (customer.max() + 1, k)
    n, s = np.zeros(shape), np.zeros(shape)
    np.add.at(n, (customer, code), 1)
    np.add.at(s, (customer, code), money - mean)
    rows, deviations = [], np.zeros(shape)
    for i, value in enumerate(values):
        row = {"value": value}
        sides = []
        for prefix, chosen in (("", code == i), ("rest_", code != i)):
            count = n[:, [i]] if not prefix else np.delete(n, i, axis=1)
            total = s[:, [i]] if not prefix else np.delete(s, i, axis=1)
            count, total, x = count.sum(1), total.sum(1), money[chosen]
            clusters = (count > 0).sum()
            u = (total - (x.mean() - mean) * count) * np.sqrt(clusters / (clusters - 1)) / len(x)
            sides.append(u)
            row |= {f"{prefix}n": len(x), f"{prefix}mean": x.mean(), f"{prefix}variance": x.var(ddof=1)}
            row |= {f"{prefix}std_error": np.sqrt(u @ u), f"{prefix}clusters": clusters}
        deviations[:, i] = sides[0]
        rows.append(row | {"customers": row["clusters"], "rest_covariance": sides[0] @ sides[1]})
    return Groups("tier", "transaction", pd.DataFrame(rows), deviations.T @ deviations)


def line_drawn(chance, lift=0.0, lines=5_000):
    """Draw lines in the seed's layout, a tier for each line; Gold's amounts raised by ``lift``."""
    tier, customer = chance.choice(TIERS, lines, p=WEIGHTS), chance.integers(0, 1_000, lines)
    return tier, customer, chance.exponential(98.64, lines) * np.where(tier == "Gold", 1 + lift, 1)


def customer_drawn(chance, lift=0.0, lines=5_000):
    """Draw a tier for each customer, and customers of whom some always spend more than others."""
    customer = chance.integers(0, 1_000, lines)
    tier = chance.choice(TIERS, 1_000, p=WEIGHTS)[customer]
    level = chance.lognormal(0, 0.4, 1_000)[customer]
    return tier, customer, chance.exponential(80, lines) * level * np.where(tier == "Gold", 1 + lift, 1)


def claims(draw, seeds, **given):
    """Return, by seed, the tiers that are said to differ."""
    found = []
    for seed in range(seeds):
        (one,) = judge([compared(groups_by_numpy(*draw(np.random.default_rng(seed), **given)))])
        assert one.beyond_noise == any(s.beyond_noise for s in one.standings)
        found.append({s.value: s.difference.value for s in one.standings if s.beyond_noise})
    return found


@pytest.mark.parametrize("draw", [line_drawn, customer_drawn])
def test_tiers_drawn_at_random_are_claimed_to_differ_in_at_most_1_draw_of_20(draw):
    found = claims(draw, 200)
    assert sum(map(bool, found)) <= 10


@pytest.mark.parametrize("draw", [line_drawn, customer_drawn])
def test_a_tier_that_spends_30_percent_more_is_found(draw):
    found = claims(draw, 200, lift=0.3)
    assert sum(claim.get("Gold", 0) > 0 for claim in found) >= 190


def test_taking_transactions_of_one_customer_for_independent_would_claim_far_too_often():
    wrong = 0
    for seed in range(100):
        tier, customer, money = customer_drawn(np.random.default_rng(seed), lines=20_000)
        wrong += anova_oneway([money[tier == t] for t in TIERS], use_var="unequal").pvalue <= 0.05
    right = sum(map(bool, claims(customer_drawn, 100, lines=20_000)))
    assert wrong >= 40 and right <= 5


def test_the_numpy_moments_of_these_tests_are_those_of_the_engine(bench):
    tier, customer, money = customer_drawn(np.random.default_rng(5))
    money = money.round(2)
    lines = kept(bench, "drawn", tier=tier, customer=customer, money=money)
    asked, computed = group_moments(bench.ask, lines, "tier"), groups_by_numpy(tier, customer, money)
    order = [computed.table.value.tolist().index(value) for value in asked.table.value]
    for column in computed.table.columns.drop("value"):
        assert asked.table[column].tolist() == pytest.approx(computed.table[column].iloc[order].tolist()), column
    assert asked.covariance == pytest.approx(computed.covariance[np.ix_(order, order)])


def test_without_customers_it_is_welchs_anova_and_welchs_t_test(bench):
    tier, customer, money = line_drawn(np.random.default_rng(1), lift=0.1, lines=900)
    money = money.round(4)
    lines = kept(bench, "loose", customers=False, tier=tier, money=money)
    (found,) = compare_groups(bench.ask, lines, "tier")
    parts = [money[tier == t] for t in TIERS]
    whole = anova_oneway(parts, use_var="unequal", welch_correction=True)
    assert (found.statistic, found.p) == pytest.approx((whole.statistic, whole.pvalue))
    assert found.df == pytest.approx((whole.df_num, whole.df_denom))
    p_values = [found.p]
    for standing in found.standings:
        welch = stats.ttest_ind(money[tier == standing.value], money[tier != standing.value], equal_var=False)
        assert (standing.difference.p, standing.difference.df) == pytest.approx((welch.pvalue, welch.df))
        assert (standing.difference.low, standing.difference.high) == pytest.approx(tuple(welch.confidence_interval()))
        p_values.append(welch.pvalue)
    corrected = multipletests(p_values, 0.05, method="fdr_bh")[1]
    assert [found.p_adjusted, *(s.p_adjusted for s in found.standings)] == pytest.approx(corrected.tolist())


def test_with_customers_it_is_near_the_wald_test_of_a_cluster_robust_regression(bench):
    tier, customer, money = customer_drawn(np.random.default_rng(2))
    lines = kept(bench, "bound", tier=tier, customer=customer, money=money.round(4))
    (found,) = compare_groups(bench.ask, lines, "tier")
    dummies = np.column_stack([tier == t for t in TIERS]).astype(float)
    fit = sm.OLS(money, dummies).fit(cov_type="cluster", cov_kwds={"groups": customer})
    contrasts = np.column_stack([-np.ones(3), np.eye(3)])
    wald = fit.wald_test(contrasts, scalar=True, use_f=True)
    assert found.p == pytest.approx(float(wald.pvalue), rel=0.05)


def test_a_channel_that_each_customer_spends_more_in_is_found_although_customers_differ_more(bench):
    chance = np.random.default_rng(4)
    customer = np.repeat(np.arange(200), 10)
    online = np.tile([True, False], 1_000)
    money = chance.lognormal(4, 1, 200)[customer] + chance.normal(0, 3, 2_000) + 3 * online + 10
    lines = kept(bench, "both", tier=np.where(online, "Online", "Shop"), customer=customer, money=money.round(2))
    (found,) = compare_groups(bench.ask, lines, "tier")
    assert found.beyond_noise and found.p < 1e-12
    online = next(s for s in found.standings if s.value == "Online")
    assert online.estimate.low < online.rest.value < online.estimate.high, (
        "by their own intervals they would not differ"
    )
    assert 2.5 < online.difference.low < online.difference.high < 3.5


def test_shares_of_lines_returned_without_customers_are_chi_square_and_wilson(bench):
    chance = np.random.default_rng(6)
    tier = chance.choice(TIERS, 3_000)
    back = chance.random(3_000) < np.where(tier == "Gold", 0.12, 0.06)
    lines = kept(bench, "back", customers=False, tier=tier, money=np.ones(3_000), is_return=back)
    (found,) = compare_groups(bench.ask, lines, "tier", "return")
    table = pd.crosstab(tier, back)
    whole = stats.chi2_contingency(table, correction=False)
    assert (found.statistic, found.df, found.p) == (pytest.approx(whole.statistic), (3,), pytest.approx(whole.pvalue))
    assert [s.value for s in found.standings if s.beyond_noise and s.difference.value > 0] == ["Gold"]
    for standing in found.standings:
        own, rest = table.loc[standing.value], table.drop(standing.value).sum()
        interval = stats.binomtest(int(own[True]), int(own.sum())).proportion_ci(method="wilson")
        assert (standing.estimate.low, standing.estimate.high) == pytest.approx((interval.low, interval.high))
        pair = stats.chi2_contingency([own, rest], correction=False)
        assert standing.difference.p == pytest.approx(pair.pvalue)


def test_customers_who_return_everything_make_a_share_less_certain(bench):
    chance = np.random.default_rng(7)
    customer = np.repeat(np.arange(100), 20)
    back = (chance.random(100) < 0.2)[customer]
    tier = np.where(customer % 2, "a", "b")
    given = {"tier": tier, "customer": customer, "money": np.ones(2_000), "is_return": back}
    (found,) = compare_groups(bench.ask, kept(bench, "hard", **given), "tier", "return")
    # All 20 lines of a customer alike: each customer is worth one observation.
    assert found.standings[0].estimate.effective_n == pytest.approx(50, rel=0.05)
    assert found.standings[0].estimate.n == 1_000


def test_a_trivial_difference_is_not_sold_however_many_rows(bench):
    chance = np.random.default_rng(8)
    tier = np.repeat(["a", "b"], 50_000)
    money = 100 + 0.5 * (tier == "b") + chance.normal(0, 5, 100_000)
    lines = kept(bench, "many", customers=False, tier=tier, money=money.round(4))
    (found,) = compare_groups(bench.ask, lines, "tier")
    assert found.p_adjusted < 1e-20 and not found.beyond_noise


@pytest.mark.parametrize("orders, customers", [(29, 29), (200, 5)])
def test_few_orders_or_few_customers_are_not_enough(bench, orders, customers):
    tier = np.repeat(["a", "b", "c"], [500, 500, orders])
    customer = np.concatenate([np.arange(1_000), 1_000 + np.arange(orders) % customers])
    money = np.where(tier == "c", 900, 100) + np.arange(len(tier)) % 7
    (found,) = compare_groups(bench.ask, kept(bench, "few", tier=tier, customer=customer, money=money), "tier")
    few = next(s for s in found.standings if s.value == "c")
    assert not few.enough and few.p_adjusted is None and not few.beyond_noise
    assert few.estimate.n == orders and found.df[0] == 1, "a and b alone are compared"


def test_several_columns_are_corrected_together(bench):
    tier, customer, money = line_drawn(np.random.default_rng(9), lift=0.3)
    channel = np.where(customer % 2, "Online", "Shop")
    lines = kept(bench, "two", tier=tier, channel=channel, customer=customer, money=money)
    alone = compare_groups(bench.ask, lines, "tier")[0]
    together = compare_groups(bench.ask, lines, {"tier": "tier", "channel": "channel"})
    assert [one.name for one in together] == ["tier", "channel"]
    raw = [p for one in together for p in (one.p, *(s.difference.p for s in one.standings))]
    fixed = [p for one in together for p in (one.p_adjusted, *(s.p_adjusted for s in one.standings))]
    assert fixed == pytest.approx(multipletests(raw, method="fdr_bh")[1].tolist())
    assert together[0].p == alone.p and together[0].p_adjusted != alone.p_adjusted


@pytest.mark.parametrize("other, p", [(7.0, 1.0), (9.0, 0.0)])
def test_groups_in_which_nothing_varies(bench, other, p):
    tier = np.repeat(["a", "b"], 40)
    lines = kept(bench, "alike", tier=tier, customer=np.arange(80), money=np.where(tier == "a", 7.0, other))
    (found,) = compare_groups(bench.ask, lines, "tier")
    assert found.p == p and found.beyond_noise == (p == 0)


def test_a_group_without_spread_among_others_is_told_apart(bench):
    chance = np.random.default_rng(10)
    tier = np.repeat(["a", "b", "gift card"], 100)
    money = np.where(tier == "gift card", 25.0, chance.normal(100, 20, 300).round(2))
    (found,) = compare_groups(bench.ask, kept(bench, "gift", tier=tier, customer=np.arange(300), money=money), "tier")
    assert {s.value for s in found.standings if s.beyond_noise} >= {"gift card"}


def test_the_six_customers_are_too_few_for_any_claim(store):
    for unit in ("transaction", "customer", "return"):
        (found,) = compare_groups(store.ask, store.lines, "channel", unit)
        assert len(found.standings) == 2 and found.p is None and not found.beyond_noise


def test_no_lines_and_one_value_compare_to_nothing(store):
    (found,) = compare_groups(store.ask, store.lines.filter(store.lines.amount == -1), "channel")
    assert (found.standings, found.p, found.beyond_noise) == ((), None, False)
    (found,) = compare_groups(store.ask, store.lines, "currency")
    assert found.standings[0].rest.value is None and found.standings[0].difference.p is None


@pytest.mark.skipif(not UCI.exists(), reason="the UCI Online Retail file is not here (../shared/real-data)")
def test_countries_of_the_uci_file(bench):
    raw = pd.read_csv(UCI, usecols=["InvoiceNo", "Quantity", "UnitPrice", "CustomerID", "Country"], dtype=str)
    raw = raw[raw.CustomerID.notna()]
    rows = pd.DataFrame({
        "order_key": pd.factorize(raw.InvoiceNo)[0], "customer_key": pd.factorize(raw.CustomerID)[0],
        "amount": (raw.Quantity.astype(float) * raw.UnitPrice.astype(float) * MONEY_SCALE).round().astype("int64"),
        "is_return": raw.InvoiceNo.str.startswith("C"), "country": raw.Country,
    })  # fmt: skip
    lines = bench.keep_table("uci", pa.Table.from_pandas(rows, preserve_index=False))
    (found,) = compare_groups(bench.ask, lines, "country")
    spent = rows.assign(x=rows.amount.abs() / MONEY_SCALE).groupby(["country", "order_key"], as_index=False)
    spent = spent.agg(x=("x", "sum"), customer=("customer_key", "max"))
    british = next(s for s in found.standings if s.value == "United Kingdom")
    own = (spent.country == "United Kingdom").to_numpy()
    fit = sm.OLS(spent.x.to_numpy(), np.column_stack([np.ones(len(spent)), own]).astype(float)).fit(
        cov_type="cluster", cov_kwds={"groups": spent.customer.to_numpy()}
    )
    assert british.difference.value == pytest.approx(fit.params[1])
    half = (british.difference.high - british.difference.low) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, british.difference.df) * fit.bse[1], rel=0.01)
    assert all(s.p_adjusted is None for s in found.standings if s.estimate.n < 30)
