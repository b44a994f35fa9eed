"""What the pointer selects on drawings of studies, in the browser: a cohort, a part of the curve, a group in 3D."""

import pytest
from screen import until

pytestmark = pytest.mark.browser


@pytest.fixture
def on(visit, demo_server):
    """Opens a page and waits until one of its studies speaks; returns the screen."""

    def open_(page, study):
        screen = visit(demo_server.url)
        screen.tab(page)
        place = screen.page.locator(f".study-{study}")
        place.locator(".says p").last.wait_for(timeout=120_000)
        place.scroll_into_view_if_needed()
        return screen, place

    return open_


def canvas(place):
    """Return the box of a study's drawing on the screen."""
    drawing = place.locator(".bk-Canvas, .bk-canvas, canvas").first
    drawing.wait_for(timeout=60_000)
    return drawing.bounding_box()


def test_a_cohort_is_clicked_and_clicked_away(on):
    screen, place = on("Retention", "cohort_retention")
    box = canvas(place)
    at = {"x": box["x"] + 0.3 * box["width"], "y": box["y"] + 0.06 * box["height"]}
    screen.page.mouse.click(**at)
    until(lambda: "sel.first_bought" in screen.query(), screen.query)
    until(lambda: screen.sentence().startswith("First purchase from"), screen.sentence)
    screen.page.wait_for_timeout(600)
    screen.page.mouse.click(**at)
    until(lambda: "sel.first_bought" not in screen.query(), screen.query)


def test_a_box_on_the_pareto_curve(on):
    screen, place = on("Retention", "concentration")
    box = canvas(place)
    mouse = screen.page.mouse
    mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    mouse.up()
    until(lambda: "sel.sales_rank" in screen.query(), screen.query)
    low, _, high = screen.query()["sel.sales_rank"].partition("..")
    assert 0 < int(low) < int(high) < 100


def test_a_name_in_three_dimensions_and_its_picture(on, tmp_path):
    screen, place = on("Segments", "space")
    if not screen.page.evaluate("() => !!document.createElement('canvas').getContext('webgl')"):
        pytest.skip("this browser draws nothing in three dimensions: it has no WebGL")
    name = place.locator(".legendtext").first
    name.wait_for(timeout=60_000)
    words = name.text_content()
    place.locator(".legendtoggle").first.click(force=True)
    until(lambda: screen.query().get("sel.cluster") == words, screen.query)
    screen.button("Table, files and definition of R, F and M in three dimensions").click()
    screen.page.get_by_role("tab", name="Files", exact=True).click()
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with screen.page.expect_download() as download:
            screen.page.get_by_role("button", name=kind).click()
        download.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(begins)
