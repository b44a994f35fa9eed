"""The elbow and the silhouette."""

from types import SimpleNamespace

from bokeh.core.validation import check_integrity

from retail_panel.views.choice_of_k import ChoiceOfK
from retail_panel.views.palette import TEXT

TRIED = SimpleNamespace(
    k=4, inertia_={4: 40.0, 2: 100.0, 3: 60.0}, silhouette_={2: 0.5, 3: 0.25, 4: 0.375}
)  # fmt: skip


def sources(choice):
    """Return the one source of each figure."""
    found = [{renderer.data_source for renderer in figure.renderers} for figure in choice.figures]
    assert [len(each) for each in found] == [1, 1]
    return [each.pop() for each in found]


def test_both_are_drawn_without_fault():
    for figure in ChoiceOfK().figures:
        issues = check_integrity(figure.references())
        assert issues.error == [] and issues.warning == []
        assert len(figure.renderers) == 2 and figure.toolbar.active_drag is None
        assert list(figure.xaxis[0].ticker.ticks) == list(range(2, 11))


def test_figures_by_k_with_the_chosen_one_large():
    choice = ChoiceOfK()
    choice.show(TRIED)
    elbow, silhouette = sources(choice)
    assert elbow.data["k"] == silhouette.data["k"] == [2, 3, 4]
    assert elbow.data["value"] == [100.0, 60.0, 40.0] and silhouette.data["value"] == [0.5, 0.25, 0.375]
    assert elbow.data["size"][2] > elbow.data["size"][0] == elbow.data["size"][1]
    for figure, low, high in zip(choice.figures, (40, 0.25), (100, 0.5), strict=True):
        assert figure.y_range.start < low < high < figure.y_range.end


def test_nobody_scored_or_nothing_to_choose_from():
    choice = ChoiceOfK()
    choice.show(TRIED)
    choice.show(None)
    assert all(len(column) == 0 for source in sources(choice) for column in source.data.values())
    choice.show(SimpleNamespace(k=2, inertia_={2: 7.0}, silhouette_={2: 0.0}))
    assert all(figure.y_range.start < figure.y_range.end for figure in choice.figures)


def test_choice_of_k_on_light_and_dark_paper():
    choice = ChoiceOfK()
    for dark, tone in ((True, "dark"), (False, "light")):
        choice.theme(dark)
        assert {axis.major_label_text_color for figure in choice.figures for axis in figure.axis} == {TEXT[tone]}
