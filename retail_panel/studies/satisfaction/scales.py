"""The two scales that customers answer on, and how they are written."""

from retail_panel.dimensions import DIMENSIONS
from retail_panel.measures import MEASURES
from retail_panel.studies.study import Choice, Nothing

#: Column of the figure to its unit on the screen.
UNITS = {"csat": "share", "nps": "score"}
TITLES = {"csat": "CSAT", "nps": "NPS"}
ANSWERED = {"csat": "csat_responses", "nps": "nps_responses"}
SCALE = Choice("scale", "Scale", {"CSAT": "csat", "NPS": "nps"})
DEFINITION = (
    f"CSAT: {MEASURES['csat'].definition} NPS: {MEASURES['nps'].definition} Intervals are 95%: Wilson's (1927) for "
    "CSAT, Rocks's (2016) adjusted Wald interval for NPS. Answers know their time, brand, channel, store and customer: "
    "filters on these narrow them, any other selection does not."
)
#: How an interval is drawn.
WHISKER = {"line_width": 2.2, "line_alpha": 0.75}
COLUMNS = {
    "csat": "CSAT", "csat_low": "CSAT, low", "csat_high": "CSAT, high", "csat_responses": "CSAT answers",
    "nps": "NPS", "nps_low": "NPS, low", "nps_high": "NPS, high", "nps_responses": "NPS answers",
}  # fmt: skip
TABLE_UNITS = {heading: UNITS[name[:4].rstrip("_")] for name, heading in COLUMNS.items() if "responses" not in name}


def tips(look, scale, *before):
    """Return the hover of a figure with its interval and answers."""
    unit, title = UNITS[scale], TITLES[scale]
    return look.tips(*before, (title, "figure", unit), ("95% from", "low", unit), ("to", "high", unit),
                     ("Answers", "answers", "count"))  # fmt: skip


def writer(look, scale):
    """Return what writes a figure of a scale in a sentence."""
    return lambda value: look.write(value, UNITS[scale], "tile" if scale == "csat" else "full")


def nobody(asking, words="Nobody answered in what is selected."):
    """Return the :class:`Nothing` of a selection without answers: whether there are any elsewhere."""
    feedback = asking.store.feedback
    if asking.ask(feedback.aggregate(rows=feedback.count()))["rows"][0].as_py():
        return Nothing(f"{words} Clear the selection, or widen the period.")
    return Nothing("The source has no feedback. Load a table of CSAT or NPS answers beside the order lines.")


def counted(number, words="answers"):
    """Return a number of answers in words."""
    return f"{number:,} {words.removesuffix('s') if number == 1 else words}"


def on_scale(rows, scale):
    """Return the rows that have answers on a scale, with ``figure``, ``low``, ``high`` and ``answers``."""
    found = rows[rows[ANSWERED[scale]] > 0]
    return found.assign(
        figure=found[scale], low=found[f"{scale}_low"], high=found[f"{scale}_high"], answers=found[ANSWERED[scale]]
    ).reset_index(drop=True)


def span(rows, scale):
    """Return the ends of an axis that holds all intervals: round places, within the scale."""
    step, least, most = (0.1, 0.0, 1.0) if scale == "csat" else (10.0, -100.0, 100.0)
    low = round(max(least, step * (rows.low.min() // step)), 2)
    high = round(min(most, step * -(-rows.high.max() // step)), 2)
    return float(low), float(high if high > low else low + step)


def narrowed(asking, *ignored):
    """Say which filters narrow the answers and which cannot; empty where nothing is selected."""
    can, cannot = asking.shares("feedback")
    can = [label for label in can if label not in {DIMENSIONS[name].label for name in ignored}]
    words = [f"Narrowed by {_listed(can)}."] if can else []
    words += [f"Not narrowed by {_listed(cannot)}, which answers do not know."] if cannot else []
    return " ".join(words)


def _listed(labels):
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1]))).lower()
