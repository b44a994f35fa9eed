"""How R, F or M is distributed over customers: the selection in front of the whole scope."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd
from bokeh.models import VBar

from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.layers import Layer, line, words
from retail_panel.studies.look import SHAPE
from retail_panel.studies.segments.grouping import AXES, MEASURE, MEASURES, UNITS, compared, groups, nobody
from retail_panel.studies.study import Study
from retail_panel.views.drawing import BACK, FRONT
from retail_panel.views.palette import BRUSH

#: Of a bar, where they are 1 apart.
WIDTH = 0.94
WORDS = {"recency_days": "recency", "frequency": "frequency", "monetary": "spend"}


def _answer(asking):
    measure = asking.choices["measure"]
    groups(asking, "segment")
    cut = asking.scene.coded.bins[measure]
    some = compared(asking, measure)
    column = some[measure].cast("float64")
    (figures,) = asking.ask(some.aggregate(
        customers=some.count(), mean=column.mean(), quartiles=column.quantile([0.25, 0.5, 0.75]),
    )).to_pylist()  # fmt: skip
    if not figures["customers"]:
        raise nobody()
    scale = MONEY_SCALE if measure == "monetary" else 1
    edges = np.array(cut.edges, float) / scale
    frame = pd.DataFrame({
        "label": list(cut.labels), "place": np.arange(cut.size) + 0.5, "low": edges[:-1], "high": edges[1:],
        "everyone": _held(asking, asking.scored, measure, cut), "customers": _held(asking, some, measure, cut),
    })  # fmt: skip
    frame["share"] = frame.customers / frame.customers.sum()
    frame["whole_share"] = frame.everyone / frame.everyone.sum()
    quartiles = [quartile / scale for quartile in figures["quartiles"]]
    return {
        "measure": measure, "frame": frame, "cut": cut, "scale": scale, "customers": figures["customers"],
        "mean": figures["mean"] / scale, "quartiles": quartiles,
    }  # fmt: skip


def _held(asking, scored, measure, cut):
    counted = scored.group_by(code=cut.code(scored[measure])).aggregate(customers=scored.count())
    found = asking.ask(counted).to_pandas().set_index("code")["customers"]
    return found.reindex(range(cut.size), fill_value=0).to_numpy("int64")


def _draw(found, look):
    frame, size = found["frame"], len(found["frame"])
    top = 1.12 * max(frame.share.max(), frame.whole_share.max())
    ticks = [(place, label) for place, label in found["cut"].ticks(8)]
    tips = look.tips(("", "label"), ("Customers", "customers", "count"), ("Share of these", "share", "share"),
                     ("Share of all in scope", "whole_share", "share"))  # fmt: skip
    columns = ["label", "customers", "share", "whole_share"]
    back = Layer(
        VBar, {"x": frame.place.to_numpy(), "top": frame.whole_share.to_numpy()},
        {"width": WIDTH, "fill_color": BACK["color"], "fill_alpha": BACK["alpha"], "line_color": None}, is_below=True,
    )  # fmt: skip
    front = frame.hvplot.bar(
        x="place", y="share", hover_cols=columns, hover_tooltips=tips, xlim=(0, size), ylim=(0, top), xticks=ticks,
        bar_width=WIDTH, **{**FRONT, "hover": True}, **SHAPE,
    )  # fmt: skip
    marks = pd.DataFrame({
        "place": [_place(found, value) for value in (found["quartiles"][1], found["mean"])], 
        "word": [" median", " mean"],
    })  # fmt: skip
    near = abs(marks.place[0] - marks.place[1]) < 0.25 * size
    # The line on the right ends below the words of the one on the left, which would run into it.
    lower = near & (marks.place == marks.place.max())
    marks["y"] = np.where(lower, 0.88, 0.97) * top
    ends = np.column_stack([np.zeros(len(marks)), np.where(lower, 0.92, 1.0) * top, np.full(len(marks), np.nan)])
    rules = line(np.repeat(marks.place, 3), ends.ravel(), BRUSH, width=1.5, is_below=False)
    said = words(marks.place, marks.y, marks.word, look.text, text_align="left")
    return look.dressed(front, y="share", legend=None, layers=[back, rules, said], xlabel=AXES[found["measure"]])


def _place(found, value):
    """Return where a value lies on an axis of numbered bins, the outer ones being open."""
    edges = np.array(found["cut"].edges, float) / found["scale"]
    return float(np.clip((value - edges[0]) / (edges[1] - edges[0]), 0, len(edges) - 1))


def _table(found, look):
    frame = found["frame"]
    return pd.DataFrame({
        "Customers with": frame.label, "Customers": frame.customers, "Share": frame.share,
        "All customers of the scope": frame.everyone, "Share of all": frame.whole_share,
    })  # fmt: skip


def _says(found, look):
    unit, form = UNITS[found["measure"]], "tile" if found["measure"] != "monetary" else "full"
    low, middle, high = (look.write(value, unit, form) for value in found["quartiles"])
    mean = look.write(found["mean"], unit, form)
    said = f"Median {WORDS[found['measure']]} is {middle}, the middle half lies between {low} and {high}; mean {mean}"
    gap, width = found["mean"] - found["quartiles"][1], found["quartiles"][2] - found["quartiles"][0]
    if width and abs(gap) > 0.1 * width:
        said += ", pulled up by a few high ones" if gap > 0 else ", pulled down by a few low ones"
    return f"{said}. {look.write(found['customers'])} customers."


def _publish(found, x, y):
    place = int(np.floor(x))
    if not 0 <= place < found["cut"].size:
        return None
    return {found["measure"]: found["cut"].clause([place])}


DISTRIBUTIONS = Study(
    name="distributions",
    title="R, F and M distributions",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=tuple(MEASURES.values()),
    definition="Customers by recency, frequency or monetary value as the RFM definition counts them: the share of the "
    "selected customers in front of that of all customers of the scope in grey. The outer columns hold all that is "
    "beyond, from the 99th percentile on. Median and quartiles are exact, not read off the columns. A selection of the "
    "measure itself is not followed.",
    needs=("customer_key",),
    choices=(MEASURE,),
    units={"Share": "share", "Share of all": "share"},
    height=340,
)  # fmt: skip
