"""What tests of studies do alike: ask as a page does, and look at the answer, the table and the words."""

import numpy as np
from trends.shop import shop_of

from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.store import Shelf
from retail_panel.studies import Asking, Look, Nothing

DEFINITION = definition_of(CustomersPipeline(k=3))
LOOK = Look("GBP")


def asking(scene, study, choices=None, **filters):
    """Return what a study asks with: its first choices, but for those given."""
    asked = Asking(scene.coded.store, scene, filters, DEFINITION)
    for choice in study.choices:
        options = choice.options(asked) if callable(choice.options) else choice.options
        asked.choices[choice.name] = next(iter(options.values()), None)
    asked.choices.update(choices or {})
    return asked


def answered(scene, study, choices=None, **filters):
    """Return a study's answer, its table and what it says."""
    answer = study.answer(asking(scene, study, choices, **filters))
    return answer, study.table(answer, LOOK), study.says(answer, LOOK)


def check_on_hardly_any_lines(studies, lines):
    """Each study draws, tells and tables a shop of a line or two, or says why it does not."""
    shop = shop_of(lines)
    scene = Scenes(shop.store, Shelf(), "GBP").take({}, DEFINITION)[1]
    for study in studies:
        asked = asking(scene, study)
        if not all(asked.has(need) for need in study.needs):
            continue
        try:
            answer = study.answer(asked)
        except Nothing as nothing:
            assert str(nothing).endswith(".")
            continue
        study.draw(answer, LOOK)
        says = study.says(answer, LOOK)
        assert says.endswith(".") and "nan" not in says
        figures = study.table(answer, LOOK).select_dtypes("number")
        assert not np.isinf(figures.to_numpy(float)).any()
    shop.store.close()
