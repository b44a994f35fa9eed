"""The record that a KPI is."""

from collections.abc import Callable
from dataclasses import dataclass

from retail_panel.schema import MONEY_SCALE

OURS = "our definition, see docs/definitions.md"
UNITS = ("money", "count", "share", "ratio", "days", "weeks", "score", "day")


@dataclass(frozen=True)
class Measure:
    """One KPI.

    Parameters
    ----------
    name, label : str
        Key in code and JSON; words on the screen.
    unit : str
        ``money`` (ten-thousandths in the engine, currency units once combined), ``count``, ``share``, ``ratio``,
        ``days``, ``weeks``, ``score`` or ``day`` (a date).
    definition : str
        One sentence a user can check the figure by.
    good : int
        1 where more is better, -1 where less is, 0 where neither.
    row : callable, optional
        The value of a line that a sum adds up.
    key, among : callable, optional
        The key that a distinct count counts, and the lines among which.
    least_orders : int
        Distinct orders among those lines that a key needs to be counted. Above 1 the count takes two levels, which
        :func:`retail_panel.figures.questions` asks for and :meth:`expression` cannot.
    whole : callable, optional
        Any other aggregate over the table.
    parts : tuple of str
        Measures that a combined one is made of.
    combine : callable, optional
        Takes the parts' figures (floats, money in currency units), returns the figure; by default the first divided by
        the second, times ``sign``.
    sign : int
        -1 where the quotient of the parts is shown with the other sign.
    needs : tuple of str
        Columns that the source must have.
    table : str
        The table read: ``order_line`` (facts), ``stock``, ``feedback``, or ``counted_line`` (the facts from the first
        to the last day on which stock was counted). Of a combined one, the table that it is about.
    source : str
        Where the definition is from.
    """

    name: str
    label: str
    unit: str
    definition: str
    good: int = 1
    row: Callable | None = None
    key: Callable | None = None
    among: Callable | None = None
    least_orders: int = 1
    whole: Callable | None = None
    parts: tuple = ()
    combine: Callable | None = None
    sign: int = 1
    needs: tuple = ()
    table: str = "order_line"
    source: str = OURS

    @property
    def additive(self):
        """Whether the figure of a whole is the sum of its parts' figures."""
        return self.row is not None

    @property
    def scale(self):
        """What the engine's figure is divided by to give the shown one."""
        return MONEY_SCALE if self.unit == "money" and not self.parts else 1

    def expression(self, table):
        """Return the aggregate over a table of facts, as the engine counts it (money in ten-thousandths).

        Raises
        ------
        TypeError
            If the measure is combined from others, or takes two levels.
        """
        if self.additive:
            return self.row(table).cast("float64").sum().fill_null(0.0)
        if self.whole is not None:
            return self.whole(table)
        if self.key is None or self.least_orders > 1:
            raise TypeError(f"measure {self.name} is not one aggregate; see retail_panel.figures")
        return self.key(table).nunique(where=self.among(table) if self.among else None)

    def combined(self, figures):
        """Return the figure made of the parts' figures; None where one of them is, or the divisor is zero."""
        if any(figure is None for figure in figures):
            return None
        if self.combine is not None:
            return self.combine(*figures)
        return self.sign * figures[0] / figures[1] if figures[1] else None
