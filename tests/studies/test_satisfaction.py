"""The satisfaction page against pandas and statsmodels on the demo data."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.store import Shelf
from retail_panel.studies import Asking, Nothing
from retail_panel.studies.satisfaction import STUDIES as ALL
from retail_panel.studies.satisfaction.scales import on_scale, span
from retail_panel.studies.satisfaction.standouts import standouts, told
from studies.bench import DEFINITION, LOOK

STUDIES = {study.name: study for study in ALL}
SCOPE = {"ordered_at": "2025-11-01..2026-10-01"}
ONLINE = Values(("Online",))


@pytest.fixture(scope="module")
def answers(scene):
    store = scene.coded.store
    found = store.ask(store.feedback).to_pandas()
    found = found[found["given_at"].between("2025-11-01", "2026-10-01", "left")]
    scored = store.ask(scene.population.table).to_pandas().set_index("customer_key")["segment"]
    names = dict(enumerate(group.name for group in scene.population.segments))
    return found.assign(segment=found["customer_key"].map(scored).map(names))


def asking(scene, study, scale="csat", **filters):
    return Asking(scene.coded.store, scene, filters, DEFINITION, {"scale": scale})


def answered(scene, name, scale="csat", **filters):
    study = STUDIES[name]
    answer = study.answer(asking(scene, study, scale, **filters))
    return answer, study.table(answer, LOOK), study.says(answer, LOOK)


def csat(answers):
    scores = answers.loc[answers["scale"] == "CSAT", "score"]
    satisfied = (scores >= 4).sum()
    return satisfied / len(scores), *proportion_confint(satisfied, len(scores), method="wilson"), len(scores)


def nps(answers):
    scores = answers.loc[answers["scale"] == "NPS", "score"]
    up, down, n = (scores >= 9).sum(), (scores <= 6).sum(), len(scores)
    p, q = (up + 0.75) / (n + 3), (down + 0.75) / (n + 3)
    half = 1.959964 * np.sqrt((p + q - (p - q) ** 2) / (n + 3))
    return 100 * (up - down) / n, 100 * (p - q - half), 100 * (p - q + half), n


@pytest.mark.parametrize("name", ["channel", "store", "segment"])
@pytest.mark.parametrize("filters", [{}, {"brand": Values(("Kestrel Row",))}])
def test_by_group(scene, answers, name, filters):
    _, table, says = answered(scene, f"satisfaction_by_{name}", **filters)
    answers = answers[answers["brand"] == "Kestrel Row"] if filters else answers
    assert set(table.iloc[:, 0]) == set(answers[name].dropna())
    for row in table.itertuples(index=False):
        own = answers[answers[name] == row[0]]
        assert row[1:5] == pytest.approx(csat(own), rel=1e-6)
        assert row[5:9] == pytest.approx(nps(own), rel=1e-5) or (own["scale"] == "NPS").sum() == 0
    assert says.startswith(f"CSAT is {csat(answers)[0]:.1%} overall (dashed).")
    assert ("Narrowed by brand." in says) == bool(filters)
    missing = answers[name].isna().sum()
    assert (f"Left out: {missing:,} answers without a {name}." in says) == (missing > 0)


def test_online_is_below_beyond_noise_and_segments_are_not(scene):
    assert "above: In-store" in answered(scene, "satisfaction_by_channel")[2]
    assert "below: Online" in answered(scene, "satisfaction_by_channel", "nps")[2]
    assert "No difference between segments is beyond noise" in answered(scene, "satisfaction_by_segment")[2]


def test_a_view_ignores_its_own_dimension_and_obeys_others(scene, answers):
    whole = answered(scene, "satisfaction_by_channel")[1]
    assert whole.equals(answered(scene, "satisfaction_by_channel", channel=ONLINE)[1])
    part = answered(scene, "scores", channel=ONLINE)[1]
    online = answers[(answers["channel"] == "Online") & (answers["scale"] == "CSAT")]
    assert part["Answers"].tolist() == online["score"].value_counts().reindex(range(1, 6), fill_value=0).tolist()


def test_by_month(scene, answers):
    _, table, says = answered(scene, "satisfaction_over_time", "nps", category=Values(("Books",)))
    months = answers.groupby(answers["given_at"].dt.to_period("M"))
    assert len(table) == 11 and table["Month"].tolist() == [f"{month:%b %Y}" for month in months.groups]
    for row, (_, own) in zip(table.itertuples(index=False), months, strict=True):
        assert row[1:5] == pytest.approx(csat(own), rel=1e-6) and row[5:9] == pytest.approx(nps(own), rel=1e-5)
    last = nps(answers[answers["given_at"] >= "2026-09-01"])
    assert says.startswith(f"NPS was {last[0]:.1f} in Sep 2026")
    assert says.endswith("Not narrowed by category, which answers do not know.")


def test_scores(scene, answers):
    _, table, says = answered(scene, "scores", "nps")
    scores = answers.loc[answers["scale"] == "NPS", "score"]
    assert table["Answers"].tolist() == scores.value_counts().reindex(range(11), fill_value=0).tolist()
    assert table["Share"].sum() == pytest.approx(1) and table["Group"][6] == "Detractors"
    assert f"promoters {(scores >= 9).mean():.1%}" in says and f"Of {len(scores):,} NPS answers" in says


def test_amid_stock_outs(scene, answers):
    _, table, says = answered(scene, "amid_stock_outs")
    assert table["Answers"].sum() <= len(answers)
    assert "CSAT of orders placed amid stock-outs is" in says and "lower, beyond noise" in says
    assert "need not be cause" in says
    shares = table[table["Scale"] == "CSAT"].set_index("Products run out")["Figure"]
    assert shares["none"] > shares["over 20%"]


def test_clicks(scene):
    study = STUDIES["satisfaction_by_channel"]
    answer, table, _ = answered(scene, "satisfaction_by_channel")
    assert study.publish(answer, 0.5, 2.1) == {"channel": Values((table["Channel"][0],))}
    assert study.publish(answer, 0.5, -0.4) == {"channel": Values((table["Channel"][2],))}
    assert study.publish(answer, 0.5, 7.0) is None
    stores = STUDIES["satisfaction_by_store"]
    answer = answered(scene, "satisfaction_by_store")[0]
    assert stores.publish(answer, 0.5, 11.0) == {"store": Values((answer[0].value[0],))}


def rows_of(shares, answers, rng):
    satisfied = rng.binomial(answers, shares)
    rows = pd.DataFrame({"value": [f"v{i}" for i in range(len(shares))], "satisfied": satisfied,
                         "csat_responses": answers})  # fmt: skip
    rows = rows.assign(csat=satisfied / answers, csat_low=0.0, csat_high=1.0)
    return on_scale(rows, "csat")


def test_what_is_drawn_alike_is_seldom_told_apart():
    rng = np.random.default_rng(5)
    claims = [sum(map(len, standouts(rows_of(np.full(14, 0.7), np.full(14, 400), rng), "csat")[:2])) for _ in range(60)]
    assert np.mean(np.array(claims) > 0) <= 0.1


def test_what_is_drawn_unlike_is_told():
    shares = np.array([0.7] * 9 + [0.55])
    rows = rows_of(shares, np.full(10, 500), np.random.default_rng(6))
    above, below, compared = standouts(rows, "csat")
    assert below["value"].tolist() == ["v9"] and compared == 10
    assert told(rows, "csat", "{:.0%}".format, "value", "things").startswith("Beyond noise")


def test_few_answers_are_no_ground():
    rows = rows_of(np.array([0.0, 1.0]), np.array([9, 12]), np.random.default_rng(7))
    assert told(rows, "csat", str, "value", "things") == "Too few answers to compare things."


def test_axes_stay_on_the_scale():
    rows = pd.DataFrame({"low": [0.604], "high": [0.97]})
    assert span(rows, "csat") == (0.6, 1.0)
    assert span(pd.DataFrame({"low": [-97.0], "high": [31.0]}), "nps") == (-100.0, 40.0)


@pytest.mark.parametrize("name", STUDIES)
def test_nobody_is_told(scene, name):
    with pytest.raises(Nothing, match="Clear the selection"):
        answered(scene, name, store=Values(("Atlantis",)), brand=Values(("Atlantis",)), channel=Values(("Post",)))


@pytest.mark.parametrize("name", STUDIES)
def test_a_source_without_answers_says_so(name, empty_store, six_clean):
    empty_store.append(six_clean)
    scene = Scenes(empty_store, Shelf(), "GBP").take({}, DEFINITION)[1]
    with pytest.raises(Nothing, match="The source has no feedback"):
        STUDIES[name].answer(asking(scene, STUDIES[name]))
