"""The SQL of a study's questions is the same whether they were put for an earlier scene or are put anew."""

from contextlib import suppress
from dataclasses import dataclass

import ibis
import pytest

from retail_panel.crossfilter.clause import Values
from retail_panel.crossfilter.scenes import definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.pages.contents import PAGES
from retail_panel.store import EVERYTHING
from retail_panel.store.tables import TABLES
from retail_panel.studies import Asking, Nothing

DEFINITION = definition_of(CustomersPipeline(k=4))
COLUMNS = {name: fields.names for name, fields in TABLES.items()}


@dataclass
class Checked:
    """A store that holds what it remembered against what it would put."""

    store: object
    questions: int = 0

    def sql(self, question, policy=EVERYTHING):
        text = self.store.sql(question, policy)
        if not isinstance(question, str):
            self.questions += 1
            anew = ibis.to_sql(question, dialect="duckdb")
            assert text == policy.restrict(anew, "duckdb", COLUMNS)
        return text

    def __getattr__(self, name):
        return getattr(self.store, name)


@pytest.mark.parametrize("page", [page for page in PAGES if page.studies], ids=lambda page: page.name)
def test_every_study_is_put_as_it_would_be_in_any_scene(page, demo_scenes):
    questions, filters = 0, {"channel": Values(("Online",))}
    for span in ("2026-03-01..2026-10-01", "2025-12-15.."):
        key, scene = demo_scenes.take({"ordered_at": span}, DEFINITION)
        checked = Checked(scene.coded.store)
        for study in page.studies:
            asking = Asking(checked, scene, filters, DEFINITION)
            for choice in study.choices:
                options = choice.options(asking) if callable(choice.options) else choice.options
                asking.choices[choice.name] = next(iter(options.values()), None)
            with suppress(Nothing):
                study.answer(asking)
        demo_scenes.give_back(key)
        questions += checked.questions
    assert questions >= 3
