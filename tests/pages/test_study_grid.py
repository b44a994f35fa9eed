"""In which order the studies of a page are begun."""

from retail_panel.pages.contents import PAGES
from retail_panel.pages.study_grid import AT_ONCE, in_turn


def test_long_studies_are_begun_right_after_the_first_ones_and_others_in_reading_order():
    for page in PAGES:
        turns, first = in_turn(page.studies), page.studies[:AT_ONCE]
        others = [study for study in page.studies if study not in first]
        assert turns[: len(first)] == list(first)
        long = [study for study in others if study.is_long]
        assert turns[len(first) :] == long + [study for study in others if not study.is_long]
    assert any(study.is_long for page in PAGES for study in page.studies)
