"""No study tells somebody of a group of few customers, whatever is in the shop and whatever is selected."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from crossfilter.mirror import DEFINITION, Mirror, as_batch, shop_rows
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from retail_panel.crossfilter.scenes import Scenes
from retail_panel.crossfilter.small_groups import hidden
from retail_panel.formats import MONTHS
from retail_panel.pages.contents import PAGES
from retail_panel.schema import FEEDBACK, arrow_schema
from retail_panel.store import Shelf, Store
from retail_panel.studies import Asking, Look, Nothing, answered, is_withheld
from retail_panel.studies.asking import Withheld

STUDIES = {study.name: study for page in PAGES for study in page.studies}
LOOK = Look("GBP")
#: Headings of a study's table to the dimensions that tell its rows apart.
DIMENSIONS_OF = {
    "channels": {"Channel": "channel"}, "tier_values": {"Tier": "tier"}, "category_values": {"Category": "category"},
    "kinds": {"Kind": "kind"}, "category_revenue": {"Category": "category"},
    "segment_channels": {"Segment": "segment", "Channel": "channel"},
    "segment_tiers": {"Segment": "segment", "Tier": "tier"}, "day_hours": {"Weekday": "weekday", "Hour": "hour"},
    "monthly": {"Month": "month"}, "growth": {"Month": "month"},
    "channel_sales": {"Channel": "channel", "Month": "month"},
}  # fmt: skip
#: Columns that are figures of a row's customers; a row without any tells nothing.
TELLS = ("Transactions", "Net sales", "Lines", "Value", "Unique customers")
ANSWERS = {"satisfaction_by_channel": "channel", "satisfaction_by_store": "store", "satisfaction_over_time": "month",
           "scores": "score"}  # fmt: skip


def feedback_of(rows, seed, answers=60):
    """Return random answers of the customers of some order lines; some are anonymous."""
    rng = np.random.default_rng(seed)
    people = rng.choice([f"c{i}" for i in range(25)], answers).astype(object)
    scale = rng.choice(["CSAT", "NPS"], answers)
    return pd.DataFrame({
        "given_at": pd.Timestamp(rows.ordered_at.min()) + pd.to_timedelta(rng.integers(0, 70, answers), "D"),
        "customer_id": np.where(rng.random(answers) < 0.2, None, people),
        "channel": rng.choice(["Online", "In-store"], answers, p=[0.9, 0.1]),
        "store": rng.choice([f"Shop {i}" for i in range(9)], answers), "scale": scale,
        "score": np.where(scale == "CSAT", rng.integers(1, 6, answers), rng.integers(0, 11, answers)),
    })  # fmt: skip


def shop_of(seed, lines):
    """Return order lines, answers, the store and a scene of both."""
    rows = shop_rows(seed, lines)
    given = feedback_of(rows, seed)
    schema = arrow_schema(FEEDBACK)
    store = Store()
    with store.loading("shop") as load:
        load.append(as_batch(rows))
        whole = given.astype({"given_at": "datetime64[us]", "score": "int16"}).reindex(columns=schema.names)
        load.append_feedback(pa.Table.from_pandas(whole, schema, preserve_index=False))
    return rows, given, store, Scenes(store, Shelf(), "GBP").take({}, DEFINITION)[1]


def asking(study, scene, least, filters, pick=0):
    asked = Asking(scene.coded.store, scene, filters, DEFINITION, least=least)
    for choice in study.choices:
        options = list((choice.options(asked) if callable(choice.options) else choice.options).values())
        asked.choices[choice.name] = options[pick % len(options)] if options else None
    return asked


def customers_of(study, table, mirror, keep):
    """Return the customers of each row of a study's table that tells anything, from the rows of the shop."""
    rows, wanted = mirror.rows, DIMENSIONS_OF[study.name]
    months = rows.ordered_at.dt.month.map(lambda month: MONTHS[month - 1])
    months = months + rows.ordered_at.dt.strftime(" %Y")
    codes = {name: months if name == "month" else pd.Series(mirror.codes(name)) for name in wanted.values()}
    found = []
    for row in table.to_dict("records"):
        if not any(row.get(name) for name in TELLS):
            continue
        inside = keep.copy()
        for heading, name in wanted.items():
            labels = None if name == "month" else list(mirror.bins[name].labels)
            inside &= (codes[name] == (row[heading] if labels is None else labels.index(row[heading]))).to_numpy()
        found.append(rows.customer_id[inside])
    return found


# A failing shop is told as it is: making it smaller takes minutes.
@settings(max_examples=3, deadline=None, phases=[Phase.generate])
@given(
    seed=st.integers(0, 10_000), lines=st.sampled_from([40, 120, 300]), least=st.integers(2, 9),
    pick=st.integers(0, 3), brushed=st.sampled_from([None, "channel", "tier", "category", "ordered_at", "segment"]),
)  # fmt: skip
def test_no_row_of_any_study_is_of_few_customers(seed, lines, least, pick, brushed):
    rows, given, store, scene = shop_of(seed, lines)
    mirror = Mirror(rows, scene)
    cut = scene.coded.bins[brushed] if brushed else None
    filters = {brushed: cut.clause(list(range(max(1, cut.size // 2))))} if brushed else {}
    keep = mirror.mask(filters)
    for study in STUDIES.values():
        if is_withheld(study, least) or not all(asking(study, scene, 0, {}).has(need) for need in study.needs):
            continue
        try:
            found = answered(study, asking(study, scene, least, filters, pick))
        except Nothing:
            continue
        table = study.table(found.answer, LOOK)
        for name in ("Customers", "Unique customers", "Customers, new", "Customers, returning"):
            # What is of orders counts one customer of an order of two.
            if name in table and study.name not in DIMENSIONS_OF:
                assert not table[name].between(1, least - 1).any(), (study.name, table)
        if study.name in DIMENSIONS_OF:
            groups = customers_of(study, table, mirror, keep)
            sizes = [group.nunique() for group in groups]
            assert not [size for size in sizes if 0 < size < least], (study.name, table)
            if study.name in ("channels", "kinds", "tier_values", "category_values"):
                (name,) = DIMENSIONS_OF[study.name].values()
                shown = pd.concat(groups).index if groups else pd.Index([])
                rest = mirror.rows[keep & (mirror.codes(name) >= 0)].drop(shown).customer_id.nunique()
                assert not 0 < rest < least, (study.name, table)
        if study.name in ANSWERS and not filters:
            few = small_answers(given, ANSWERS[study.name], least)
            for row in table.to_dict("records"):
                for scale in ("CSAT", "NPS"):
                    if row.get(f"{scale} answers", 0):
                        assert (scale, row[table.columns[0]]) not in few, (study.name, table)
        study.says(found.answer, LOOK)
        if study.backend == "bokeh":
            study.draw(found.answer, LOOK)
    store.close()


def small_answers(given, by, least):
    months = given.given_at.dt.month.map(lambda month: MONTHS[month - 1]) + given.given_at.dt.strftime(" %Y")
    given = given.assign(month=months)
    sizes = given.groupby(["scale", by]).customer_id.nunique()
    return set(sizes[sizes.between(1, least - 1)].index)


@pytest.fixture(scope="module")
def scene():
    _, _, store, found = shop_of(5, 160)
    yield found
    store.close()


@pytest.mark.parametrize("name", STUDIES)
def test_what_was_not_said_to_tell_groups_apart_answers_nothing(name, scene):
    study = STUDIES[name]
    asked = Asking(scene.coded.store, scene, {}, DEFINITION, least=5)
    with pytest.raises(Withheld, match="fewer than 5 customers"):
        asked.ask(asked.lines)
    if is_withheld(study, 5):
        with pytest.raises(Withheld, match=re.escape(f"{study.title} is not shown")):
            answered(study, asked)


def test_the_docs_name_what_viewers_are_not_shown():
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
    withheld = [study.name for study in STUDIES.values() if is_withheld(study, 2)]
    listed = re.search(r"and\s+(\d+)\s+studies\s+\(([^)]*)\)", text)
    assert int(listed[1]) == len(withheld) and re.findall(r"`(\w+)`", listed[2]) == withheld


def test_an_analysts_answer_is_never_a_viewers(scene):
    study = STUDIES["channels"]
    whole = study.table(answered(study, asking(study, scene, 0, {})).answer, LOOK)
    least = int(whole.Customers[whole.Customers > 0].min()) + 1
    found = answered(study, asking(study, scene, least, {}))
    assert (study.table(found.answer, LOOK).Customers == 0).sum() >= 2
    assert found.note.startswith(("2 groups are", "3 groups are")) and f"fewer than {least} customers" in found.note
    assert study.table(answered(study, asking(study, scene, 0, {})).answer, LOOK).equals(whole)


def test_a_series_with_a_small_month_is_kept_back(scene):
    study = STUDIES["growth"]
    with pytest.raises(Nothing, match="a part of it has fewer than 50 customers"):
        answered(study, asking(study, scene, 50, {}))


@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=1, max_size=5), st.integers(2, 6))
def test_what_is_hidden_cannot_be_worked_out_from_one_total(sizes, least):
    sizes = np.array(sizes)
    out = hidden(sizes, least)
    assert not ((sizes > 0) & (sizes < least) & ~out).any() and not out[sizes == 0].any()
    for lines, gone in ((sizes, out), (sizes.T, out.T)):
        for line, hides in zip(lines, gone, strict=True):
            if hides.any() and ((line > 0) & ~hides).any():
                assert hides.sum() > 1 and line[hides].max() >= least
