"""Whether the last while is as expected: each figure, and the band that usual days make."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import pandas as pd
from bokeh.models import Segment

from retail_panel.live.expected import ABOVE, BELOW, UNKNOWN, expectations
from retail_panel.live.moment import LEAST_DAYS
from retail_panel.measures import MEASURES
from retail_panel.studies.layers import Layer, upright
from retail_panel.studies.live.present import ABOUT, WINDOW, present, weekdays, while_of
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Choice, Nothing, Study

DEVIATIONS = {"3 deviations": "3", "2 deviations": "2", "4 deviations": "4", "6 deviations": "6"}
#: Places in the series' colours.
COLOURS = {ABOVE: 0, BELOW: 3}


def _answer(asking):
    found, lines = present(asking)
    minutes, deviations = int(asking.choices["minutes"]), float(asking.choices["deviations"])
    all_ = expectations(asking.ask, lines, found, minutes, deviations)
    if all(one.expected is None for one in all_):
        raise Nothing(f"An expectation needs {LEAST_DAYS} earlier days of the same weekday; scope and selection hold "
                      f"{len(found.usual)}. Widen them.")  # fmt: skip
    if not any(one.value or one.expected for one in all_):
        raise Nothing(f"Nothing was sold from {while_of(found, minutes)}, as on usual days. Choose a longer while, or "
                      "clear the selection.")  # fmt: skip
    return all_, found, minutes


def alarms(answer, look):
    """Return a sentence for each figure that left its band."""
    all_, found, minutes = answer
    return [
        f"{_label(one)} {one.state} what is expected, {while_of(found, minutes)}: {_write(look, one, one.value)}, "
        f"usually {_write(look, one, one.low)} to {_write(look, one, one.high)}."
        for one in all_ if one.state in (ABOVE, BELOW)
    ]  # fmt: skip


def _label(one):
    return MEASURES[one.name].label


def _write(look, one, value):
    return look.write(value, MEASURES[one.name].unit, "tile")


def _frame(answer, look):
    rows = []
    for place, one in enumerate(reversed(answer[0])):
        scale = one.expected or None
        ratio = [value / scale if scale and value is not None else float("nan")
                 for value in (one.value, one.low, one.high)]  # fmt: skip
        rows.append((place, _label(one), one.state, _colour(one, look), *ratio,
                     _write(look, one, one.value), _write(look, one, one.expected)))  # fmt: skip
    columns = ["place", "label", "state", "colour", "ratio", "low", "high", "now", "usual"]
    return pd.DataFrame(rows, columns=columns)


def _colour(one, look):
    return look.series[COLOURS[one.state]] if one.state in COLOURS else look.text


def _draw(answer, look):
    frame = _frame(answer, look)
    known = frame[["ratio", "low", "high"]].to_numpy(float).ravel()
    highest = max([1.2, *[value for value in known if value == value]])
    tips = look.tips(("", "label"), ("Now", "now"), ("Usual", "usual"), ("", "state"))
    bands = frame.assign(low=frame.low.fillna(1.0), high=frame.high.fillna(1.0))
    spans = {"x0": bands.low.to_numpy(), "x1": bands.high.to_numpy(), "y": bands.place.to_numpy(float)}
    usual = Layer(Segment, spans, {"y0": "y", "y1": "y", "line_color": look.rule, "line_width": 14}, is_below=True)
    dots = frame.hvplot.scatter(
        x="ratio", y="place", color="colour", size=90, hover_cols=["label", "now", "usual", "state", "colour"],
        hover_tooltips=tips, xlim=(0, 1.06 * highest), ylim=(-0.6, len(frame) - 0.4),
        yticks=list(zip(frame.place, frame.label, strict=True)), **SHAPE,
    )  # fmt: skip
    middle = upright(1.0, look.text, 1, is_below=True)
    return look.dressed(dots, x="share", legend=None, xlabel="Share of what is usual", layers=[usual, middle])


def _table(answer, look):
    all_, _, _ = answer
    return pd.DataFrame({
        "Figure": [_label(one) for one in all_], "Now": [_write(look, one, one.value) for one in all_],
        "Usual": [_write(look, one, one.expected) for one in all_],
        "At least": [_write(look, one, one.low) for one in all_],
        "At most": [_write(look, one, one.high) for one in all_], "State": [one.state for one in all_],
    })  # fmt: skip


def _says(answer, look):
    all_, found, minutes = answer
    found_out = alarms(answer, look)
    judged = [one for one in all_ if one.state != UNKNOWN]
    if not judged:
        return f"Nothing was sold from {while_of(found, minutes)}, so there is nothing to judge."
    if found_out:
        return " ".join(found_out)
    return f"From {while_of(found, minutes)} all is within what {weekdays(found)} lead to expect."


EXPECTED_NOW = Study(
    name="expected_now",
    title="As expected?",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition="Each figure of the last while over its median in the same while of usual days. The band is that "
    "median, less and plus the deviations you choose: 1.4826 times the median absolute deviation (Rousseeuw and Croux "
    f"1993), and at least what chance makes of so few orders. {ABOUT}",
    choices=(WINDOW, Choice("deviations", "Alert beyond", DEVIATIONS)),
    width=12, height=210,
)  # fmt: skip
