"""A beside B: the figures, their differences, and the distributions behind them."""

from dataclasses import dataclass
from functools import partial

from retail_panel.insight.contrast import contrast
from retail_panel.insight.distributions import distributions
from retail_panel.measures import MEASURES
from retail_panel.pages.plain_text import plain
from retail_panel.studies import Nothing
from retail_panel.tiles import leaves

COMPARED = (
    "net_sales", "customers", "orders", "average_order_value", "average_transaction_value", "purchase_frequency",
    "repeat_rate", "units_per_order", "return_rate", "discount_share", "gross_margin_rate",
)  # fmt: skip
CAVEAT = (
    "At least one side is cut by recency, frequency or spend, so that differences in how often and how much its "
    "customers buy are there by construction."
)
#: As many sentences on differences beyond noise are said, the largest relative ones first.
SAID = 5


@dataclass(frozen=True)
class Compared:
    """What there is to say of two sides.

    Attributes
    ----------
    a, b : str
        What they are, in words.
    rows : tuple of Contrast
        One a measure that both sides' sources support.
    shapes : tuple of Distribution
        Of transactions, and of R, F and M where there are customers.
    by_construction : bool
        Whether a side is cut by what its customers buy.
    """

    a: str
    b: str
    rows: tuple
    shapes: tuple
    by_construction: bool = False


@dataclass(frozen=True)
class _Noting:
    """A store that notes what it is asked."""

    asking: object

    def ask(self, question, policy=None, ticket=None):
        return self.asking.ask(question)


def compare(asking, a, b):
    """Set two sides side by side.

    Parameters
    ----------
    asking : Asking
        To ask with.
    a, b : Side

    Raises
    ------
    Nothing
        If either has no order lines.
    """
    held = asking.beside(*(partial(_rows, side.lines) for side in (a, b)))
    for side, letter, rows in zip((a, b), "AB", held, strict=True):
        if not rows:
            raise Nothing(f"{letter} ({side.words}) has no order lines. Choose another {letter}, or widen the scope.")
    names = [name for name in COMPARED if all(_holds(side.scene, name) for side in (a, b))]
    scored = (a.scored, b.scored) if None not in (a.scored, b.scored) else (None, None)
    # Both read the lines of both sides, and neither waits for the other.
    found, shapes = asking.beside(
        lambda own: contrast(_Noting(own), a.lines, b.lines, names, rows=sum(held)),
        lambda own: distributions(own.ask, a.lines, b.lines, *scored, own.currency, sum(held)),
    )
    return Compared(a.words, b.words, found, shapes, a.by_construction or b.by_construction)


def _rows(lines, asking):
    return asking.ask(lines.aggregate(rows=lines.count()))["rows"][0].as_py()


def _holds(scene, name):
    kinds = {"kind"} if "Discount" in scene.catalogue.counts.get("kind", ()) else set()
    held = set(scene.coded.shape.columns) | kinds
    return all(set(MEASURES[leaf].needs) <= held for leaf in leaves(name))


def says(compared, currency):
    """Return sentences on the differences, Markdown: those beyond noise, then what is within it.

    Parameters
    ----------
    compared : Compared
    currency : str
        ISO code.
    """
    beyond = [row for row in compared.rows if row.beyond_noise]
    beyond.sort(key=lambda row: -abs(row.relative or 0))
    small = [row for row in compared.rows if row.beyond_noise is False]
    untested = [row for row in compared.rows if row.test and row.beyond_noise is None]
    said = [f"A is {plain(compared.a)}; B is {plain(compared.b)}."]
    if beyond:
        said += [f"- {row.sentence(currency)}" for row in beyond[:SAID]]
        rest = [row.label.lower() for row in beyond[SAID:]]
        said += [f"- Also beyond noise: {_listed(rest)}."] if rest else []
    elif small:
        said.append("- No difference that could be tested is beyond noise.")
    if small:
        said.append(f"- Within noise, or too small to matter: {_listed([row.label.lower() for row in small])}.")
    if untested:
        said.append(f"- Too few customers on a side to test: {_listed([row.label.lower() for row in untested])}.")
    if compared.by_construction:
        said.append(f"- {CAVEAT}")
    return "\n".join([said[0], "", *said[1:]])


def _listed(names):
    return f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]
