"""Sentences of comparisons: which value stands out, or that none does beyond noise."""

from retail_panel.crossfilter.clause import Values
from retail_panel.dimensions import DIMENSIONS
from retail_panel.insight.comparison import LEAST_GAP, LEAST_POINTS, Q
from retail_panel.insight.finding import Evidence, Figure, Finding, written

SUBJECTS = {
    "transaction": ("average_transaction_value", "average transaction value", "money"),
    "customer": ("net_sales_per_customer", "net sales per customer", "money"),
    "return": ("return_rate_lines", "the share of lines returned", "share"),
}
#: Dimensions whose values are cut by what customers spend.
BY_CONSTRUCTION = ("segment", "cluster", "r", "f", "m", "monetary")
CAVEAT = "It is cut by what customers buy, so part of the gap is there by construction."
#: Values that the sentence without a claim names.
NAMED = 6


def standing_findings(comparison, labels=None, currency="GBP"):
    """Put a judged comparison into sentences.

    Parameters
    ----------
    comparison : Comparison
        Of a dimension, as :func:`retail_panel.insight.comparison.judge` returns.
    labels : sequence or dict, optional
        Label by value found, such as by code; default: the value as text.
    currency : str
        ISO code.

    Returns
    -------
    list of Finding
        The value furthest above the rest and the one furthest below, where they are beyond noise; otherwise one that
        names the figures and says that they are not; none where fewer than two values have enough observations.
    """
    found = [standing for standing in comparison.standings if standing.beyond_noise]
    if not found:
        return _nothing(comparison, labels, currency)
    found.sort(key=lambda standing: standing.difference.value)
    chosen = [found[-1]] if found[-1].difference.value > 0 else []
    # Of two values one being higher says that the other is lower.
    if found[0].difference.value < 0 and (len(comparison.standings) > 2 or not chosen):
        chosen.append(found[0])
    return [_claim(comparison, standing, labels, currency) for standing in chosen]


def _claim(comparison, standing, labels, currency):
    name, subject, unit = SUBJECTS[comparison.unit]
    dimension, label = _dimension(comparison.name), _label(labels, standing.value)
    others = [_label(labels, s.value) for s in comparison.standings if s.value != standing.value]
    other = f"{dimension} {others[0]}" if len(others) == 1 else "the rest"
    own, rest = _figure(f"{dimension} {label}", standing.estimate, unit), _figure(other, standing.rest, unit)
    gap = standing.difference
    share = gap.value if comparison.unit == "return" else gap.relative
    if comparison.unit == "return":
        size = f"{abs(gap.value) * 100:.1f} percentage points "
    else:
        size = f"{written(abs(share), 'share', currency)} " if share is not None else ""
    direction = "higher" if gap.value > 0 else "lower"
    sentence = (
        f"{subject.capitalize()} is {size}{direction} for {own.label} than for {other}: {own.words(currency)} "
        f"against {rest.words(currency)}, with 95% intervals."
    )
    if comparison.name in BY_CONSTRUCTION:
        sentence = f"{sentence} {CAVEAT}"
    n = standing.estimate.n + standing.rest.n
    return Finding(
        name=f"{name}.{comparison.name}.{label}",
        sentence=sentence,
        evidence=Evidence(
            figures=(own, rest),
            test=f"{comparison.test}, then against {other}",
            p=gap.p,
            p_adjusted=standing.p_adjusted,
            n=n,
            gap=Figure("difference", gap.value, unit, gap.low, gap.high, n),
            effect=gap.effect,
        ),
        selection={comparison.name: Values((label,))} if comparison.name in DIMENSIONS else {},
        strength=abs(1.0 if share is None else share) * standing.estimate.n / n,
    )


def _nothing(comparison, labels, currency):
    if comparison.p is None:
        return []
    name, subject, unit = SUBJECTS[comparison.unit]
    known = [s for s in comparison.standings if s.is_large]
    figures = tuple(_figure(_label(labels, s.value), s.estimate, unit) for s in known)
    listed = ", ".join(f"{figure.label} {figure.words(currency)}" for figure in figures[:NAMED])
    more = f", and {len(figures) - NAMED} more" if len(figures) > NAMED else ""
    plural = _plural(_dimension(comparison.name))
    opening = f"No difference in {subject} between {plural} beyond noise"
    if any(s.p_adjusted is not None and s.p_adjusted <= Q for s in comparison.standings):
        limit = f"{LEAST_POINTS * 100} percentage points" if unit == "share" else f"{LEAST_GAP:.0%}"
        opening = f"No difference in {subject} between {plural} worth acting on (none beyond noise reaches {limit})"
    return [
        Finding(
            name=f"{name}.{comparison.name}",
            sentence=f"{opening}: {listed}{more}.",
            evidence=Evidence(
                figures, comparison.test, comparison.p, comparison.p_adjusted, sum(s.estimate.n for s in known)
            ),
            beyond_noise=False,
        )
    ]


def _figure(label, estimate, unit):
    return Figure(label, estimate.value, unit, estimate.low, estimate.high, estimate.n)


def _dimension(name):
    return DIMENSIONS[name].label.lower() if name in DIMENSIONS else name.replace("_", " ")


def _plural(word):
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"


def _label(labels, value):
    return str(value if labels is None else labels[value])
