"""Studies follow what is brushed on their page, can be clicked, read as tables, and taken home as files."""

import pytest
from screen import equals, until

pytestmark = pytest.mark.browser
SAYS = ".study-{} .says p"


@pytest.fixture
def behaviour(screen):
    screen.tab("Behaviour")
    until(lambda: screen.query().get("page") == "behaviour", screen.query)
    until(lambda: screen.page.locator(SAYS.format("channels")).count(), "the first study")
    until(lambda: screen.page.evaluate("() => !!charts.figure('behaviour_time')"), "the page's charts")
    until(lambda: figure_id(screen, "channels") and says(screen, "channels"), "its drawing and its words")
    return screen


def says(screen, study):
    """Return what a study says; empty while it says nothing."""
    place = screen.page.locator(SAYS.format(study))
    return place.first.inner_text() if place.count() else ""


def drawn(screen, study):
    """Return the first column of figures of a study's drawing."""
    return screen.page.evaluate(
        """name => { for (const model of Bokeh.documents[0]._all_models.values())
            if ((model.css_classes || []).includes(`study-${name}`)) {
                const figure = [...model.references()].find((each) => each.type === "Figure")
                return figure ? figure.renderers.map(each => each.data_source
                    ? Object.values(each.data_source.data).map(column => Array.from(column).join()) : 0).join() : null
            } }""", study)


def figure_id(screen, study):
    return screen.page.evaluate(
        """name => { for (const model of Bokeh.documents[0]._all_models.values())
            if ((model.css_classes || []).includes(`study-${name}`))
                return [...model.references()].find((each) => each.type === "Figure")?.id }""", study)


def test_studies_follow_a_brush_in_the_chart_on_the_screen(behaviour):
    before, words, figure = drawn(behaviour, "channels"), says(behaviour, "channels"), figure_id(behaviour, "channels")
    behaviour.brush("behaviour_time", 20, 30)
    until(lambda: "sel.ordered_at" in behaviour.query(), behaviour.query)
    until(lambda: drawn(behaviour, "channels") != before, "another drawing")
    until(lambda: says(behaviour, "channels") != words, "other words")
    assert figure_id(behaviour, "channels") == figure
    behaviour.button("Clear the selection").click()
    equals(lambda: says(behaviour, "channels"), words)
    equals(lambda: drawn(behaviour, "channels"), before)


def test_table_and_files_of_a_study(behaviour, tmp_path):
    page = behaviour.page
    behaviour.button("Table, files and definition of Channel performance").click()
    row = page.get_by_role("row").filter(has_text="In-store")
    until(lambda: row.count() and row.first.is_visible(), "the table")
    page.get_by_role("tab", name="Files", exact=True).click()
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"\xef\xbb\xbf"), ("Excel", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("button", name=kind).or_(page.get_by_role("link", name=kind)).first.click()
        download.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().lstrip().startswith(begins)
        assert download.value.suggested_filename.startswith("channel-performance-2026-10-31.")
    page.keyboard.press("Escape")
