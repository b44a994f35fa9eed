"""Readings: what the spread of R, F and M says of a group, in words worked out from the figures at hand."""

from dataclasses import dataclass

from retail_panel.customers.scores import MEASURES
from retail_panel.formats import format_value

#: A group's mean is low, or high, where it lies this share of everybody's mean below, or above, everybody's mean.
LOW, HIGH = -0.2, 0.25
#: Its spread is little, or wide, where it is at most, or at least, this many times everybody's.
LITTLE, WIDE = 0.75, 1.25
#: Figures of fewer customers are not read.
FEWEST = 10

HOW_TO_READ = (
    "Mean: the typical value of a group. Lower recency is better, and so are higher frequency and monetary value.",
    "Standard deviation: how far its customers lie from the mean. Little means that they behave alike, much that they"
    " differ.",
    f"A mean is called low {-LOW:.0%} or more below that of all customers, and high {HIGH:.0%} or more above it.",
    "The spread of frequency and of monetary value is the standard deviation divided by the mean (coefficient of"
    " variation), that of recency the standard deviation in days, since near day 0 a share of the mean says nothing."
    f" It is called little at {LITTLE:g} times that of all customers or less, and wide at {WIDE:g} times or more.",
)

_LEVELS = {
    "recency_days": {"low": "low recency", "usual": "usual recency", "high": "high recency"},
    "frequency": {"low": "low frequency", "usual": "usual frequency", "high": "high frequency"},
    "monetary": {"low": "low spend", "usual": "usual spend", "high": "high spend"},
}
_SPREADS = {"little": "with little spread", "usual": "with the usual spread", "wide": "with a wide spread"}
_MEANINGS = {
    ("recency_days", "low", "little"): "consistently recent buyers",
    ("recency_days", "low", "usual"): "recent buyers, more or less",
    ("recency_days", "low", "wide"): "recent on the whole, but some have not been in for long",
    ("recency_days", "usual", "little"): "last purchases that lie close together",
    ("recency_days", "usual", "usual"): "as recent, and as mixed, as customers are",
    ("recency_days", "usual", "wide"): "recent and long-gone buyers in one group",
    ("recency_days", "high", "little"): "consistently long gone",
    ("recency_days", "high", "usual"): "long gone, more or less",
    ("recency_days", "high", "wide"): "long gone on the whole, but some bought lately",
    ("frequency", "low", "little"): "consistently rare buyers",
    ("frequency", "low", "usual"): "rare buyers, more or less",
    ("frequency", "low", "wide"): "rare buyers, among them some regular ones",
    ("frequency", "usual", "little"): "buyers of one steady habit",
    ("frequency", "usual", "usual"): "as frequent, and as mixed, as customers are",
    ("frequency", "usual", "wide"): "rare and frequent buyers in one group",
    ("frequency", "high", "little"): "loyal, consistent buyers",
    ("frequency", "high", "usual"): "frequent buyers, more or less",
    ("frequency", "high", "wide"): "frequent buyers, a few of them far more than the rest",
    ("monetary", "low", "little"): "consistently small spenders",
    ("monetary", "low", "usual"): "small spenders, more or less",
    ("monetary", "low", "wide"): "small spenders, among them some larger ones",
    ("monetary", "usual", "little"): "predictable, middling spenders",
    ("monetary", "usual", "usual"): "spending as much, and as mixed, as customers do",
    ("monetary", "usual", "wide"): "small and large spenders in one group",
    ("monetary", "high", "little"): "high-value, predictable customers",
    ("monetary", "high", "usual"): "high-value customers, more or less",
    ("monetary", "high", "wide"): "high-value customers, a few of whom bring most of it",
}
_FORMS = {"recency_days": ("days", "tile"), "frequency": ("ratio", "tile"), "monetary": ("money", "full")}
_WORDS = {"recency_days": "recency", "frequency": "frequency", "monetary": "spend"}


@dataclass(frozen=True)
class Reading:
    """One sentence on a group.

    Attributes
    ----------
    group : object
        The group's value, as in the spread.
    measure : str or None
        ``recency_days``, ``frequency`` or ``monetary``; None for the sentence on the group as a whole.
    level, spread : str or None
        ``low``, ``usual`` or ``high``, and ``little``, ``usual`` or ``wide``; None on the group as a whole.
    sentence : str
        Plain English, with its figures.
    """

    group: object
    measure: str | None
    level: str | None
    spread: str | None
    sentence: str


def readings(spread, names=None, currency="GBP"):
    """Say what the spread of each group means.

    Parameters
    ----------
    spread : pandas.DataFrame
        As :func:`retail_panel.customers.spread.spread` returns.
    names : dict or sequence of str, optional
        Name by group; default: the group's own value.
    currency : str
        ISO 4217 code.

    Returns
    -------
    list of Reading
        By group, one for each measure and a last one for the group as a whole; a single one where the group has fewer
        than :data:`FEWEST` customers. :data:`HOW_TO_READ` says the rules.
    """
    if spread.empty:
        return []
    rows = spread.to_dict("records")
    everybody = {row["measure"]: row for row in rows[: len(MEASURES)]}
    found = []
    for start in range(len(MEASURES), len(rows), len(MEASURES)):
        own = rows[start : start + len(MEASURES)]
        found += _of_group(own, everybody, _name(names, own[0]["group"]), currency)
    return found


def _name(names, group):
    return str(group) if names is None else names[group]


def _of_group(own, everybody, name, currency):
    group, customers = own[0]["group"], own[0]["customers"]
    if customers < FEWEST:
        counted = "1 customer" if customers == 1 else f"{customers} customers"
        return [Reading(group, None, None, None, f"{name}: {counted}, too few to read a spread from.")]
    kinds = {row["measure"]: (_level(row, everybody), _spread(row, everybody)) for row in own}
    found = []
    for row in own:
        measure = row["measure"]
        level, width = kinds[measure]
        figures = ", ".join(f"{label} {_shown(row[key], measure, currency)}" for key, label in _SHOWN)
        sentence = (
            f"{name}: {_LEVELS[measure][level]} {_SPREADS[width]} ({figures}; all customers:"
            f" {_shown(everybody[measure]['mean'], measure, currency)}): {_MEANINGS[measure, level, width]}."
        )
        found.append(Reading(group, measure, level, width, sentence))
    return [*found, Reading(group, None, None, None, f"{name}: {_as_a_whole(kinds)}")]


_SHOWN = (("mean", "mean"), ("std", "std"), ("median", "median"))


def _shown(value, measure, currency):
    unit, form = _FORMS[measure]
    return format_value(value, unit, currency, form)


def _level(row, everybody):
    usual = everybody[row["measure"]]["mean"]
    gap, scale = row["mean"] - usual, abs(usual)
    return "low" if gap < 0 and gap <= LOW * scale else "high" if gap > 0 and gap >= HIGH * scale else "usual"


def _spread(row, everybody):
    usual = everybody[row["measure"]]
    own, whole = row["std"], usual["std"]
    # A spread relative to a mean of zero or less says nothing: returns may outweigh purchases.
    if row["measure"] != "recency_days" and row["mean"] > 0 and usual["mean"] > 0:
        own, whole = own / row["mean"], whole / usual["mean"]
    if own == whole:
        return "usual"
    return "little" if own <= LITTLE * whole else "wide" if own >= WIDE * whole else "usual"


def _as_a_whole(kinds):
    wide = [_WORDS[measure] for measure, (_, width) in kinds.items() if width == "wide"]
    if wide:
        return f"customers differ widely in {_listed(wide)}; a finer split may tell them apart."
    premium = [m for m in ("frequency", "monetary") if kinds[m] == ("high", "little")]
    if premium:
        which = _listed([_WORDS[measure] for measure in premium])
        return f"high {which} with little spread: a premium group of consistently high value."
    if all(width == "little" for _, width in kinds.values()):
        return "alike in all three, and so well suited to one message for all."
    return "neither unusually alike nor unusually mixed."


def _listed(words):
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
