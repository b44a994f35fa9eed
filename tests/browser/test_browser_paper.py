"""Light and dark paper: words can be read after a switch while a page is open, whichever paper it was opened on."""

import pytest
from screen import until

pytestmark = pytest.mark.browser
PAGES = ("Data", "Customers", "Segments", "Insights")
#: Words that hardly stand out from what is behind them, and by how much (contrast ratio of WCAG 2.2).
FAINT = """() => {
  const inside = (node) => [...(node.shadowRoot?.children || []), ...node.children]
  const outside = (node) => node.assignedSlot || node.parentElement || node.getRootNode().host
  const parts = (colour) => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return [[r, g, b], a] }
  const over = ([colour, alpha], under) => under.map((each, i) => alpha * colour[i] + (1 - alpha) * each)
  const light = (colour) => [0.2126, 0.7152, 0.0722].reduce((sum, by, i) => {
    const part = colour[i] / 255
    return sum + by * (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
  }, 0)
  const behind = (node) => {
    if (!node) return [255, 255, 255]
    const paint = parts(getComputedStyle(node).backgroundColor)
    return paint[1] === 1 ? paint[0] : over(paint, behind(outside(node)))
  }
  const found = []
  const look = (node) => {
    if (!node.checkVisibility({ visibilityProperty: true }) || node.matches("svg, :disabled, .Mui-disabled")) return
    const words = [...node.childNodes].filter((each) => each.nodeType === 3).map((each) => each.data.trim()).join("")
    const box = node.getBoundingClientRect()
    if (words && box.width > 1 && box.height > 1) {
      const paper = behind(node), ink = over(parts(getComputedStyle(node).color), paper)
      const [dim, bright] = [light(paper), light(ink)].sort((a, b) => a - b)
      const ratio = (bright + 0.05) / (dim + 0.05)
      if (ratio < 3) found.push(`${words.slice(0, 40)}: ${ratio.toFixed(1)}`)
    }
    inside(node).forEach(look)
  }
  inside(document.body).forEach(look)
  return found
}"""


@pytest.mark.parametrize("first", ["light", "dark"])
def test_words_can_be_read_after_the_paper_has_changed(visit, demo_server, first):
    screen = visit(demo_server.url, f"theme={first}")
    page = screen.page

    def readable(where):
        until(lambda: page.evaluate(FAINT) == [], lambda: f"{where}: {page.evaluate(FAINT)[:8]}", 20)

    for title in PAGES:
        screen.tab(title)
        until(lambda title=title: screen.query().get("page") == title.lower(), screen.query)
        until(lambda: page.locator(".says p:visible, .audience:visible, .profile:visible").count()
              or page.get_by_text("Recognised columns").count(), f"what {title} says")  # fmt: skip
        screen.settle()
        readable(title)
        other = "dark" if screen.query()["theme"] == "light" else "light"
        page.get_by_label("Toggle theme").first.click()
        until(lambda other=other: screen.query()["theme"] == other, screen.query)
        readable(f"{title} in {other}")
