"""What customers say of orders placed when a store had run out of products."""

from dataclasses import replace

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
from bokeh.models import Segment

from retail_panel.operations.shortage import shortage
from retail_panel.studies.layers import Layer
from retail_panel.studies.look import SHAPE
from retail_panel.studies.satisfaction.scales import SCALE, TITLES, UNITS, WHISKER, narrowed, nobody, span, tips
from retail_panel.studies.study import Nothing, Study

COLUMNS = {"scale": "Scale", "words": "Products run out", "answers": "Answers", "figure": "Figure",
           "low": "Low", "high": "High"}  # fmt: skip


def _answer(asking):
    scale = asking.choices["scale"]
    # Orders and counts are looked up in the whole scope: what is selected are the answers.
    whole = replace(asking, filters={})
    tables = {"order_line": whole.plain_lines, "stock": whole.tables["stock"], "feedback": asking.tables["feedback"]}
    found = shortage(asking.ask, tables)
    bands = found.bands.assign(words=[_band(row) for row in found.bands.itertuples()])
    bands["tick"] = [_tick(row) for row in bands.itertuples()]
    if bands.empty:
        raise nobody(asking, "No answer is on an order whose store counted its stock that week.")
    if not (bands.scale == TITLES[scale]).any():
        raise Nothing(
            f"No {TITLES[scale]} answer is on an order whose store counted its stock that week. Choose the other "
            "scale, or widen the selection."
        )
    return found, bands, scale, narrowed(asking)


def _band(row):
    if not row.upto:
        return "none"
    return f"over {row.above:.0%} to {row.upto:.0%}" if row.upto < 1 else f"over {row.above:.0%}"


def _tick(row):
    if not row.upto:
        return "none"
    return f"{100 * row.above:.0f}\u2013{row.upto:.0%}" if row.upto < 1 else f"over {row.above:.0%}"


def _draw(answer, look):
    _, bands, scale, _ = answer
    shown = bands[bands.scale == TITLES[scale]].reset_index(drop=True)
    shown = shown.assign(at=shown.index.astype(float))
    shape = {"xlim": (-0.6, len(shown) - 0.4), "ylim": span(shown, scale), **SHAPE}
    spans = {"y0": shown.low.to_numpy(), "y1": shown.high.to_numpy(), "x": shown["at"].to_numpy()}
    bars = Layer(Segment, spans, {"x0": "x", "x1": "x", "line_color": look.series[3], **WHISKER})
    dots = shown.hvplot.scatter(
        x="at", y="figure", color=look.series[3], size=72, hover_cols=["words", "low", "high", "answers"],
        hover_tooltips=tips(look, scale, ("Products run out", "words")), xticks=list(enumerate(shown.tick)), **shape,
    )  # fmt: skip
    words = "Products of the order's store run out"
    return look.dressed(dots, y=UNITS[scale], legend=None, layers=[bars], xlabel=words)


def _table(answer, look):
    return answer[1][list(COLUMNS)].rename(columns=COLUMNS)


def _says(answer, look):
    found, _, scale, narrow = answer
    tested = found.rows[found.rows.scale == TITLES[scale]]
    if tested.empty:
        words = f"There are no answers on both sides to compare. {found.rule}"
    else:
        words = f"{tested.words.iloc[0]} Seen together, which need not be cause and effect."
    left = f"{found.left_out:,} answers without a store or a count of its stock in time are left out."
    return " ".join(filter(None, (words, left if found.left_out else "", narrow)))


AMID_STOCK_OUTS = Study(
    name="amid_stock_outs",
    title="Satisfaction against stock-outs",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="Answers by the share of products that had run out in the order's store at the first count within 7 "
    "days from the order's day on. Amid stock-outs means at least 10%; the two sides are compared by Fisher's exact "
    "test (CSAT) and Welch's (NPS), corrected for both scales after Benjamini and Hochberg. Filters on time, brand, "
    "channel, store and customer narrow the answers; any other selection does not.",
    needs=("feedback", "stock"),
    choices=(SCALE,),
    units={"Answers": "count"},
    height=250,
)  # fmt: skip
