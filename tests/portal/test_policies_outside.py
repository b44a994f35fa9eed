"""What leaves the page, or comes in beside it, passes no row policy: files, reports, frames, and the feed by HTTP."""

import http.client
import io
import json
import re
from datetime import datetime

import pandas as pd
import pytest
from crossfilter.desk import Desk
from feed.test_http_handler import Served
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portal.two_shops import FORBIDDEN, person

from retail_panel.export import FORMATS, table_bytes
from retail_panel.feed import Pump
from retail_panel.feed.http_inbox import http_source
from retail_panel.pages.audience_files import _written
from retail_panel.pages.contents import PAGES
from retail_panel.pages.embed import Embed, chart_names
from retail_panel.report import Report, State
from retail_panel.studies import Asking, Look, Nothing, answered

STUDIES = {study.name: study for page in PAGES for study in page.studies}
SLY = ("' OR 1=1 --", "South", "order_line", "\x00", '"><script>', "../../etc", "EVERYTHING", "local")
LOOK = Look("GBP")
QUICK = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SELECTIONS = st.sampled_from(("", "sel.brand=South", "sel.channel=Online", "sel.tier=Silver", "channel=Online",
                              "sel.ordered_at=2024-02-20..2024-03-20", "sel.segment=Champions"))  # fmt: skip


def visit(store, scenes, policy, query):
    """Return the desk of a visitor who has opened an address."""
    desk = Desk(store, scenes, person=person(policy))
    desk.open(f"rfm.k=3&{query}")
    return desk


def leave(desk):
    desk.session.close()
    desk.settle()


def read(content, kind):
    """Return a file as text of its cells."""
    if kind == "csv":
        found = pd.read_csv(io.BytesIO(content))
    else:
        found = pd.read_excel(io.BytesIO(content)) if kind == "excel" else pd.read_parquet(io.BytesIO(content))
    return found


def asking_of(session):
    return Asking(session.store, session.scene, dict(session.selection.clauses), {"k": 3})


@QUICK
@given(query=SELECTIONS, kind=st.sampled_from(list(FORMATS)))
def test_the_file_of_customers_is_of_permitted_rows(shops, query, kind):
    policy, both, others = shops
    found = []
    for store, scenes in both:
        desk = visit(store, scenes, policy, query)
        found.append(read(_written(kind, asking_of(desk.session), None), kind).sort_values("customer_id"))
        leave(desk)
    pd.testing.assert_frame_equal(*(frame.reset_index(drop=True) for frame in found))
    theirs = set(both[1][0].ask("SELECT customer_id FROM customer").column(0).to_pylist())
    assert set(found[0].customer_id) <= theirs and set(others.customer_id.dropna()) - theirs


@QUICK
@given(query=SELECTIONS, kind=st.sampled_from(list(FORMATS)), names=st.sets(st.sampled_from(list(STUDIES)), max_size=6))
def test_files_of_studies_are_of_permitted_rows(shops, query, kind, names):
    policy, both, _ = shops
    made = []
    for store, scenes in both:
        desk, found = visit(store, scenes, policy, query), {}
        for name in sorted(names):
            study, asking = STUDIES[name], asking_of(desk.session)
            if not all(asking.has(need) for need in study.needs):
                continue
            for choice in study.choices:
                options = choice.options(asking) if callable(choice.options) else choice.options
                asking.choices[choice.name] = next(iter(options.values()), None)
            try:
                table = study.table(answered(study, asking).answer, LOOK)
            except Exception as error:
                found[name] = str(error) if isinstance(error, Nothing) else type(error).__name__
            else:
                found[name] = read(table_bytes(table, kind, study.units), kind).round(6).to_csv()
                assert FORBIDDEN not in found[name]
        made.append(found)
        leave(desk)
    assert made[0] == made[1]


def test_a_report_as_a_file_holds_no_forbidden_row(shops):
    policy, both, others = shops
    store, scenes = both[0]
    desk = visit(store, scenes, policy, "sel.channel=Online")
    session = desk.session
    pages = [page for page in PAGES if page.name in ("overview", "customers")]
    report = Report(session.store, scenes, State.read(session.state()), pages, "Shop", datetime(2024, 7, 1), "GBP",
                    session.policy)  # fmt: skip
    for step in report.steps():
        step.draw()
    html = report.html()
    assert FORBIDDEN not in html and "<html" in html
    theirs = set(both[1][0].ask("SELECT customer_id FROM customer").column(0).to_pylist())
    assert not [who for who in set(others.customer_id.dropna()) - theirs if re.search(rf"\b{who}\b", html)]
    leave(desk)


@QUICK
@given(
    chart=st.sampled_from(("", *chart_names(), *SLY)), page=st.sampled_from([*(page.name for page in PAGES), *SLY]),
    more=st.dictionaries(st.sampled_from(("policy", "owner", "person", "role", "bokeh-absolute-url", "min_customers",
                                          "store", "sel.store", "bokeh-autoload-element", "theme")),
                         st.sampled_from(SLY), max_size=3),
)  # fmt: skip
def test_an_embedded_address_shows_permitted_rows_only(shops, chart, page, more):
    policy, both, _ = shops
    query = {"rfm.k": "3", "embed": "1", "chart": chart, "page": page, **more}
    embed, shown = Embed.asked(query), []
    contents = embed.contents() if embed.chart else next((each for each in PAGES if each.name == page), PAGES[0])
    for store, scenes in both:
        desk = Desk(store, scenes, person=person(policy))
        session = desk.open(query)
        keys = [each.key(session.measure) for each in contents.charts] if contents else []
        wholes = session.scene.wholes(keys) if session.scene else {}
        said = {key: str(found) if isinstance(found, Exception) else found.round(6).tolist()
                for key, found in wholes.items()}  # fmt: skip
        labels = {name: list(cut.labels) for name, cut in session.scene.coded.bins.items()} if session.scene else {}
        assert FORBIDDEN not in str(labels)
        shown.append((said, labels, session.problem, session.policy))
        leave(desk)
    assert shown[0] == shown[1] and shown[0][-1] == policy


@pytest.fixture
def till(shops):
    """A feed by HTTP into the shop of all rows, asked with the token of a till."""
    store = shops[1][0][0]
    source = http_source("post://?name=tills&rate=1000", {"token.till": "a-secret-of-the-till"}, environ={})
    pump = Pump(source, store, longest_s=0.01, idle_s=0.005)
    pump.open()
    pump.start()
    served = Served(source)
    yield served, store
    served.stop()
    pump.stop()


BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from((
        b'{"select": "*"}', b"SELECT * FROM order_line", b'{"customer_id": {"$ne": null}}', b"[]", b"null",
        b'{"ordered_at": "2024-05-01T10:30:00", "amount": "x", "product": "\' OR 1=1 --"}',
        b'{"ordered_at": "2024-05-01", "amount": 1e400, "store": "Shop 1"}',
    )),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=BODIES, method=st.sampled_from(("POST", "GET", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH")),
    path=st.sampled_from(("/feed", "/feed?select=*", "/feed/", "/feed?line_id=1", "/feed/order_line", "/app", "/")),
    key=st.sampled_from((None, "k1", "' OR 1=1 --")),
)  # fmt: skip
def test_the_token_of_a_till_reads_nothing(till, body, method, path, key):
    served, store = till
    headers = {"Authorization": "Bearer a-secret-of-the-till", "Content-Type": "application/x-ndjson"}
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    line.request(method, path, body, headers | ({"Idempotency-Key": key} if key else {}))
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    # Counts of the delivery and reasons why lines of it were not taken; never a value of a row, not even of its own.
    assert FORBIDDEN not in text and "Shop " not in text and not re.search(r"\b[cop]\d+\b", text)
    if answer.status == 200:
        assert set(json.loads(text)) == {"rows", "quarantined_rows", "quarantined"}


def test_what_a_till_sends_is_seen_by_whoever_may_see_such_rows_only(till, shops):
    served, store = till
    policy, both, _ = shops
    before = store.seen_by(policy).ask("SELECT count(*) AS n FROM order_line").column(0)[0].as_py()
    row = {"ordered_at": "2024-05-01T10:30:00", "amount": 12.5, "brand": "South", "tier": "Silver", "customer_id": "x9"}
    answer, said = served.ask(json.dumps(row).encode())
    assert answer.status == 200 and said["rows"] == 1
    seen = store.seen_by(policy)
    assert seen.ask("SELECT count(*) AS n FROM order_line").column(0)[0].as_py() == before
    assert "x9" not in seen.ask("SELECT customer_id FROM customer").column(0).to_pylist()
