"""Which values of a kind are answered unlike the others, beyond noise."""

import pandas as pd
from scipy.stats import false_discovery_control

from retail_panel.operations.answers import difference_of_nps, fisher_p

#: Fewer answers of a value, or of all others, are no ground for a claim.
LEAST_ANSWERS = 30
LIMIT = 0.05
NAMED = 2
TESTED = (
    "A value stands out where its answers differ from all others' beyond noise: Fisher's exact test for CSAT, Welch's "
    "for NPS, at least 30 answers on both sides, corrected for all values after Benjamini and Hochberg at 5%. Answers "
    "are taken as independent of one another."
)


def standouts(rows, scale):
    """Return the rows that stand out.

    Parameters
    ----------
    rows : pandas.DataFrame
        As :func:`retail_panel.studies.satisfaction.scales.on_scale` returns.
    scale : str
        ``csat`` or ``nps``.

    Returns
    -------
    tuple of (pandas.DataFrame, pandas.DataFrame, int)
        Those above the others, furthest first; those below; and how many were compared.
    """
    tested, ps, gaps = [], [], []
    names = ("satisfied",) if scale == "csat" else ("promoters", "detractors")
    counts = rows[["answers", *names]].astype(int)
    for place, own, rest in zip(rows.index, counts.to_numpy(), (counts.sum() - counts).to_numpy(), strict=True):
        answers, *given = zip(own.tolist(), rest.tolist(), strict=True)
        if min(answers) < LEAST_ANSWERS:
            continue
        if scale == "csat":
            p, gap = fisher_p(*given, answers), _share(given[0], answers)
        else:
            p, gap = difference_of_nps(*given, answers)[2], _share(given[0], answers) - _share(given[1], answers)
        tested.append(place)
        ps.append(p)
        gaps.append(gap)
    found = pd.DataFrame({"p": ps, "gap": gaps}, index=tested)
    if found.empty:
        return rows.iloc[:0], rows.iloc[:0], 0
    found = found[false_discovery_control(found.p) <= LIMIT]
    above = found[found.gap > 0].sort_values("gap", ascending=False)
    below = found[found.gap < 0].sort_values("gap")
    return rows.loc[above.index], rows.loc[below.index], len(tested)


def _share(hits, answers):
    """Return the share of the one less that of the other."""
    return hits[0] / answers[0] - hits[1] / answers[1]


def told(rows, scale, write, words, plural):
    """Say which rows stand out, or that none does.

    Parameters
    ----------
    rows, scale
        As in :func:`standouts`.
    write : callable
        Writes a figure.
    words : str
        Column with the words of a row.
    plural : str
        What the rows are, such as ``channels``.
    """
    above, below, compared = standouts(rows, scale)
    parts = [f"{side}: {_named(found, write, words)}" for side, found in (("above", above), ("below", below))
             if len(found)]  # fmt: skip
    if parts:
        return f"Beyond noise {'; '.join(parts)}."
    if compared < 2:
        return f"Too few answers to compare {plural}."
    return f"No difference between {plural} is beyond noise ({compared} compared)."


def _named(found, write, words):
    names = [f"{row[words]} ({write(row.figure)})" for _, row in found.head(NAMED).iterrows()]
    more = len(found) - NAMED
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
