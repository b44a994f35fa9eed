"""Names that are HTML, Markdown or a link: every page shows them as they are, and nothing of them runs."""

from urllib.parse import quote

import pytest
from conftest import Served
from screen import until

pytestmark = pytest.mark.browser
RUNS = "<img src=x onerror=alert(1)>"
MARKED = "*bold* [x](javascript:1)"
PAGES = ("Behaviour", "Trends", "Segments", "Customers", "Retention", "Baskets", "Insights", "Compare", "Live",
         "Data")  # fmt: skip
#: Elements that only the names could have made, in every shadow of the page.
MADE = """() => {
  const seen = (node) => [node, ...[...(node.shadowRoot?.children || []), ...node.children].flatMap(seen)]
  const made = seen(document.body).filter((each) => each.matches("img[src=x], em, a[href^=javascript]"))
  return made.map((each) => each.outerHTML)
}"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop of 400 order lines in which products, categories, channels and customers have such names."""
    file = tmp_path_factory.mktemp("names") / f"{MARKED.replace('/', '')}.csv"
    names = (RUNS, MARKED, "Tea", "Oats")
    lines = ["order_id,ordered_at,customer_id,product,category,channel,amount,quantity"]
    for n in range(400):
        day, who = 1 + n % 28, f"{names[n % 4]}{n % 37}"
        lines.append(f"o{n // 2},2026-{1 + n // 40 % 12:02}-{day:02} 10:00,{who},{names[n % 4]} {n % 9},"
                     f"{names[n % 4]},{names[n // 2 % 3]},{5 + n % 50},{1 + n % 3}")  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")
    served = Served(file)
    yield served
    served.stop()


def test_names_are_text_on_every_page(visit, shop):
    screen = visit(shop.url, f"sel.category={quote(RUNS)},{quote(MARKED)}")
    page = screen.page
    page.on("dialog", lambda dialog: visit.faults.append("a name ran") or dialog.dismiss())
    until(lambda: RUNS in screen.sentence() and MARKED in screen.sentence(), screen.sentence)
    for title in PAGES:
        screen.tab(title)
        until(lambda title=title: screen.query().get("page") == title.lower(), screen.query)
        until(lambda: page.locator(".says p:visible, .nothing p:visible, .audience:visible, .profile:visible").count()
              or page.get_by_text("Recognised columns").count(), f"what {title} says")  # fmt: skip
        assert page.evaluate(MADE) == []
    until(page.get_by_text(f"{MARKED}.csv · order lines").count, "the name of the file")


def test_a_problem_told_is_text(visit, shop):
    screen = visit(shop.url, f"measure={quote(RUNS)}")
    alert = screen.page.locator(".status [role=alert]:visible")
    until(alert.count, "the problem")
    until(lambda: RUNS in alert.first.inner_text(), alert.first.inner_text)
    assert screen.page.evaluate(MADE) == []
