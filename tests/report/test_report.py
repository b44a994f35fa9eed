"""Reports: what they say, what they leave out, and that names in the data are only ever text."""

import json
import re
from html import unescape

import pandas as pd
import pytest

from report.conftest import CHARTS, HOSTILE, page, study
from retail_panel.crossfilter.histogram import histograms
from retail_panel.crossfilter.scenes import Scenes
from retail_panel.formats import format_value
from retail_panel.report import Report, State
from retail_panel.report.charts import chart_table
from retail_panel.store import Shelf, Store, Superseded, Ticket


@pytest.fixture(scope="module")
def whole(report):
    """The report of the whole shop."""
    return report()


def body(html):
    """Return what is between the style and the scripts."""
    return html.partition("<main>")[2].partition("</main>")[0]


def facts(html):
    """Return what it is of: value by words."""
    return {unescape(words): unescape(value) for words, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html)}


def entries(html):
    """Return the boxes by title."""
    boxes = re.findall(r"<article.*?><h3>(.*?)</h3>(.*?)</article>", html, re.S)
    return {re.sub(r" <span.*", "", head): (head, inside) for head, inside in boxes}


def tile(html, label):
    """Return the text of a tile."""
    return unescape(re.search(f'class="label">{label}</span><span class="value">(.*?)</span>', html)[1])


def test_what_it_is_of(whole, rows):
    found = facts(whole)
    days = rows.ordered_at.dt.strftime("%-d %b %Y")
    first, last = days[rows.ordered_at.idxmin()], days[rows.ordered_at.idxmax()]
    assert found["Source"] == f"shop.csv; 400 order lines; {first} to {last}"
    assert found["Scope"] == "Everything; 400 order lines in scope" and found["Selection"] == "Nothing selected"
    assert found["Period"] == f"{first} to {last}; no earlier period to compare with"
    assert f"as of {last}" in found["Customers"] and "Frequency counts orders" in found["Customers"]
    assert "<h1>Shop</h1>" in whole and "Report of 4 March 2026, 05:06" in whole
    assert "<title>Shop, 4 March 2026, 05:06</title>" in whole


def test_tiles_say_what_pandas_does(whole, rows):
    assert tile(whole, "Net sales") == f"£{rows.amount.sum() / 1000:.1f}k"
    assert tile(whole, "Customers") == str(rows.customer_id.nunique())


def test_scope_and_selection(report, rows):
    html = report("ordered_at=2024-04-01..2024-04-22&sel.channel=Online&rfm.k=3")
    scoped = rows[rows.ordered_at.between("2024-04-01", "2024-04-22", inclusive="left")]
    online = scoped[scoped.channel == "Online"]
    found = facts(html)
    assert found["Scope"] == f"From 1 Apr 2024 to 21 Apr 2024; {len(scoped)} order lines in scope"
    assert found["Selection"] == f"Channel is Online; {len(online)} order lines selected"
    assert found["Period"].endswith("compared with 11 Mar 2024 to 31 Mar 2024")
    assert tile(html, "Net sales") == f"£{online.amount.sum() / 1000:.1f}k"
    before = rows[rows.ordered_at.between("2024-03-11", "2024-04-01", inclusive="left") & (rows.channel == "Online")]
    assert f"from {format_value(before.amount.sum(), 'money', form='tile')}" in html
    assert "what is selected" in html and "what is selected" not in report()
    assert "The query of this view: ordered_at=2024-04-01..2024-04-22&sel.channel=Online&rfm.k=3" in unescape(html)


def test_a_study_is_drawn_told_and_tabled(whole, rows):
    head, inside = entries(whole)["Stores"]
    most = rows.store.value_counts()
    assert 'class="plot"' in inside and "Order lines by store." in inside
    table = dict(re.findall(r'<tr><td>(.*?)</td><td class="figure">(.*?)</td></tr>', inside))
    shown = {unescape(name): int(count) for name, count in table.items() if not name.startswith("Other")}
    assert shown == {name: most[name] for name in shown if name != "(none)"} | (
        {"(none)": int(rows.store.isna().sum())} if "(none)" in shown else {}
    )


def test_what_is_not_there_is_said_and_the_rest_goes_on(whole):
    found = entries(whole)
    assert "Nothing to show. Alike: No two stores are alike. Widen the scope." in whole
    assert "the source lacks what they need: Shelves (needs a description column)." in whole
    assert "could not be answered: the &lt;b&gt;wheel&lt;/b&gt; is off" in found["Wheels"][1]
    assert "could not be drawn: ValueError: the &lt;b&gt;wheel&lt;/b&gt; is off" in found["Torn"][1]
    assert "Drawn in the workbench only." in found["Deep"][1] and "plot" not in found["Deep"][1]
    assert {"Stores", "Sizes"} <= set(found)


def test_choices_are_followed_and_named(report, whole):
    assert "Size: Small" in entries(whole)["Sizes"][0]
    assert "Size: Large" in entries(report("of.sizes.size=l&rfm.k=3"))["Sizes"][0]
    assert "Size: Small" in entries(report("of.sizes.size=huge&rfm.k=3"))["Sizes"][0]


def test_charts_hold_what_the_cubes_say(whole, rows, scenes, shop):
    state = State.read("sel.kind=Return&rfm.k=3")
    key, scene = scenes.take(state.scope, state.definition)
    chart = CHARTS["channel"]
    asked = chart.key("net_sales")
    part = histograms(shop, scene.coded, [asked], state.clauses)[asked]
    table = chart_table(chart, scene, "net_sales", (scene.wholes([asked])[asked], part), True).set_index("Channel")
    scenes.give_back(key)
    for name, picked in (("All", rows), ("Selected", rows[rows.kind == "Return"])):
        sums = picked.groupby(picked.channel.fillna("(none)")).amount.sum()
        assert table[name].to_dict() == pytest.approx(sums.reindex(table.index, fill_value=0).to_dict())
    assert list(entries(whole)) [:4] == ["Over time", "Channel", "Store", "Weekday and hour"]


def test_a_chart_is_shown_once(report):
    html = report(pages=[page("one", ("time", "channel"), ()), page("two", ("channel", "kind"), ())])
    assert list(entries(html)) == ["Over time", "Channel", "Kind"]
    assert re.findall(r'<section id="(\w+)">', html) == ["one", "two"]
    assert 'href="#two"' in html
    alone = report(pages=[page("one", ("channel",), ()), page("two", ("channel",), ())])
    assert "<nav>" not in alone and 'id="two"' not in alone


def test_names_in_the_data_are_only_text(report):
    html = report(title='<script>window.ran = 3</script>"; } body { display: none } /*')
    assert len(re.findall("<script", html)) == 4 and "<img" not in html
    assert HOSTILE[0] not in html and HOSTILE[1] not in html
    drawings = re.search(r'id="drawings">(.*?)</script>', html, re.S)[1]
    assert "<" not in drawings and HOSTILE[0] in json.dumps(json.loads(drawings))
    style = html.partition("<style>")[2].partition("</style>")[0]
    assert "display: none }" not in style.replace("display: none; }", "") and "window" in style


def test_no_customer_is_named(whole, rows):
    assert rows.customer_id.notna().any() and "person-" not in whole


def test_nothing_is_fetched(whole):
    tags = re.sub(r"<script>.*?</script>", "", whole, flags=re.S)
    assert not re.findall(r'(?:src|href|action|data)\s*=\s*"(?!#)[^"]*"', tags)
    assert not re.findall(r"@import|url\(|https?://", tags)


def test_an_empty_scope_says_so(report):
    html = report("ordered_at=1999-01-01..1999-02-01&rfm.k=3")
    assert facts(html)["Scope"].endswith("0 order lines in scope")
    assert 'class="tiles"' not in html and "Over time" not in entries(html)


def test_an_empty_store(report):
    store = Store()
    try:
        html = report("", store=store, scenes=Scenes(store, Shelf(), "GBP"), pages=[page("shops", ("time",), ())])
    finally:
        store.close()
    assert facts(html)["Source"] == "empty; 0 order lines" and "Period" not in facts(html)
    assert "drawings" not in html


def test_called_off_it_lets_go_of_the_scene(shop):
    shelf, ticket = Shelf(spare=0), Ticket()
    made = Report(shop, Scenes(shop, shelf, "GBP"), State.read("rfm.k=3"), [page()], "Shop", None, ticket=ticket)
    steps = made.steps()
    next(steps)
    assert shelf._holders
    ticket.cancel()
    with pytest.raises(Superseded):
        list(steps)
    assert not any(shelf._holders.values())


def test_an_answer_on_the_screen_is_not_asked_again(report, scenes):
    asked = []

    def answer(asking):
        asked.append(1)
        return pd.DataFrame({"store": ["a"], "lines": [1]})

    pages = [page(studies=(study("once", answer),))]
    for _ in range(2):
        report("channel=Online&rfm.k=3", pages=pages)
    assert len(asked) == 1
