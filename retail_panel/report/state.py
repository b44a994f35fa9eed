"""What a report is of: a state of the workbench, in the language of its links."""

from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from retail_panel.crossfilter.comparison import WAYS
from retail_panel.crossfilter.scenes import definition_of
from retail_panel.crossfilter.scope import RFM, Scope
from retail_panel.crossfilter.selection import Selection
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.errors import UnusableInput
from retail_panel.session import CHART_MEASURES
from retail_panel.state import CHOSEN


@dataclass(frozen=True)
class State:
    """Scope, selection and what was chosen.

    Parameters
    ----------
    scope : dict of str to str
        As :meth:`retail_panel.crossfilter.scope.Scope.query` returns.
    clauses : dict of str to clause
        The selection.
    definition : dict
        Parameters of the customers pipeline.
    measure, compare : str
        What charts of lines measure, and what tiles compare the period with.
    choices : dict of str to str
        What was chosen about studies: study and choice, with a point between, to value.
    """

    scope: dict = field(default_factory=dict)
    clauses: dict = field(default_factory=dict)
    definition: dict = field(default_factory=lambda: definition_of(CustomersPipeline()))
    measure: str = CHART_MEASURES[0]
    compare: str = WAYS[0]
    choices: dict = field(default_factory=dict)

    @classmethod
    def read(cls, query):
        """Read a state; what a link holds beside it, such as the page that is open, is passed over.

        Parameters
        ----------
        query : str or dict of str to str
            The query of a link of the workbench, with or without the question mark, or its parameters.

        Returns
        -------
        State

        Raises
        ------
        UnusableInput
            If a part of it cannot be read.
        """
        asked = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)) if isinstance(query, str) else dict(query)
        scope, selection = Scope(), Selection()
        scope.read(asked)
        selection.read(asked)
        return cls(
            scope.query(), selection.clauses, _definition(asked),
            _among("measure", asked, CHART_MEASURES), _among("compare", asked, WAYS),
            {name.removeprefix(CHOSEN): value for name, value in asked.items() if name.startswith(CHOSEN)},
        )  # fmt: skip

    def link(self):
        """Return the query of a link that leads here, defaults left out."""
        plain = State()
        own = {name: getattr(self, name) for name in ("measure", "compare")}
        rfm = {f"rfm.{name}": str(self.definition[name]) for name in RFM
               if self.definition[name] != plain.definition[name]}  # fmt: skip
        chosen = {f"{CHOSEN}{name}": value for name, value in sorted(self.choices.items())}
        selected = Selection(clauses=self.clauses).query()
        own = {name: value for name, value in own.items() if value != getattr(plain, name)}
        return urlencode({**self.scope, **selected, **rfm, **own, **chosen})

    def with_selection(self, clauses):
        """Return the same state with another selection."""
        return replace(self, clauses=clauses)

    def sentences(self, currency):
        """Return scope and selection in English, a pair of texts; empty where there is no filter."""
        scope = Scope()
        scope.read(self.scope)
        parts = (scope, Selection(clauses=self.clauses))
        return tuple("; ".join(part.sentences(currency)) for part in parts)


def _definition(asked):
    texts = {name: asked[f"rfm.{name}"] for name in RFM if f"rfm.{name}" in asked}
    try:
        return definition_of(CustomersPipeline(**{n: int(text) if n == "k" else text for n, text in texts.items()}))
    except ValueError as error:
        given = ", ".join(f"rfm.{name}={text}" for name, text in texts.items())
        raise UnusableInput(f"{given}: {error}") from error


def _among(name, asked, allowed):
    value = asked.get(name, allowed[0])
    if value not in allowed:
        raise UnusableInput(f"{name}={value!r}: allowed: {', '.join(allowed)}")
    return value
