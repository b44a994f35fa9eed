"""The record that a finding is: a sentence, what it rests on, and the selection it speaks of."""

from dataclasses import dataclass, field

from retail_panel.formats import format_value


@dataclass(frozen=True)
class Figure:
    """One figure of a finding, with its interval where it has one.

    Attributes
    ----------
    label : str
        Whose figure it is.
    value : float
        Money in currency units.
    unit : str
        As in :class:`retail_panel.measures.Measure`.
    low, high : float or None
        Ends of the 95 % interval.
    n : float or None
        Observations behind it.
    """

    label: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    n: float | None = None

    def words(self, currency):
        """Return the figure in words, such as ``£100.30 (£94.10 to £106.50)``."""
        text = written(self.value, self.unit, currency)
        if self.low is None:
            return text
        return f"{text} ({written(self.low, self.unit, currency)} to {written(self.high, self.unit, currency)})"


@dataclass(frozen=True)
class Evidence:
    """What a finding rests on.

    Attributes
    ----------
    figures : tuple of Figure
        The figures of the sentence.
    test : str
        Test, or what the interval is; in words.
    p, p_adjusted : float or None
        Before and after correction for everything looked at together; None where nothing was tested.
    n : int
        Observations in all.
    gap : Figure or None
        Difference or change, with its interval.
    effect : float or None
        Cohen's d or h.
    """

    figures: tuple
    test: str
    p: float | None
    p_adjusted: float | None
    n: int
    gap: Figure | None = None
    effect: float | None = None

    def words(self):
        """Return test, p value and size in one line, for a tooltip."""
        parts = [self.test]
        if self.p_adjusted is not None:
            parts.append(f"p {_p_words(self.p)}, {_p_words(self.p_adjusted)} corrected for all comparisons")
        return "; ".join([*parts, f"n = {self.n:,}"])


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing.

    Attributes
    ----------
    name : str
        Key, the same for the same finding on other days: measure, dimension and value, with points between.
    sentence : str
        The finding in plain English, figures and intervals included.
    evidence : Evidence
        What it rests on.
    selection : dict of str to clause
        Clause by dimension name, for :meth:`retail_panel.crossfilter.selection.Selection.set`; empty where it speaks of
        the whole.
    strength : float
        For ordering: about the share of the whole that it moves; 0 where there is nothing beyond noise.
    beyond_noise : bool
        Whether it claims something; otherwise the sentence says that there is nothing to claim.
    """

    name: str
    sentence: str
    evidence: Evidence
    selection: dict = field(default_factory=dict)
    strength: float = 0.0
    beyond_noise: bool = True


def written(value, unit, currency):
    """Write a figure as sentences do: money and counts in full, shares with one digit."""
    return format_value(value, unit, currency, "tile" if unit == "share" else "full")


def _p_words(p):
    return "below 0.0001" if p < 0.0001 else f"{p:.4f}"
