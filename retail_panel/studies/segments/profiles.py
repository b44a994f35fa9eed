"""What each group is like: how far its R, F and M lie from those of all customers."""

import numpy as np
import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.customers.grid import log_columns
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.forms.heatmap import heatmap, picked
from retail_panel.studies.segments.grouping import (
    GROUPED,
    GROUPING,
    MEASURES,
    OBEYS,
    UNITS,
    WORDS,
    compared,
    groups,
    nobody,
)
from retail_panel.studies.study import Study

LABELS = {name: label for label, name in MEASURES.items()}
STANDARD = (
    "Mean of a group less the mean of all customers of the scope, in standard deviations over customers (dividing by "
    "n), each measure on the log scale that clusters are found on: log(1 + R), log(1 + F), sign(M) log(1 + |M|). "
)


def standings(asking):
    """Return how far each group lies from all customers.

    Returns
    -------
    pandas.DataFrame
        One row per group and measure, every group of the scope: ``by``, ``index``, ``group``, ``measure``, ``label``,
        ``customers``, ``mean`` (days, purchases, currency units; NaN where the selection holds nobody) and
        ``deviation``.
    """
    by = asking.choices["by"]
    names = groups(asking, by)

    def make():
        return _standings(asking, by, names), tuple(asking.asked)

    # Two studies show the same.
    found, asking.asked[:] = asking.studied(("standings", by, repr(asking.filters)), make)
    return found


def _standings(asking, by, names):
    whole = _averages(asking.scored)
    (base,) = asking.ask(asking.scored.aggregate(**whole)).to_pylist()
    some = compared(asking, by)
    found = asking.ask(some.group_by(by).aggregate(**_averages(some))).to_pandas().set_index(by).reindex(list(names))
    if not found["customers"].sum():
        raise nobody()
    rows = []
    for measure in UNITS:
        spread, scale = base[f"{measure}_std"] or np.inf, MONEY_SCALE if measure == "monetary" else 1
        rows.append(pd.DataFrame({
            "by": by, "index": list(names), "group": list(names.values()), "measure": measure, "label": LABELS[measure],
            "customers": found["customers"].fillna(0).astype("int64").to_numpy(),
            "mean": (found[measure] / scale).to_numpy(),
            "deviation": ((found[f"{measure}_log"] - base[f"{measure}_log"]) / spread).to_numpy(),
        }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _averages(scored):
    figures = {"customers": scored.count()}
    for measure, logarithm in zip(UNITS, log_columns(scored), strict=True):
        figures |= {
            measure: scored[measure].cast("float64").mean(),
            f"{measure}_log": logarithm.mean(),
            f"{measure}_std": logarithm.std(how="pop"),
        }
    return figures


def table(found, look):
    """Return one row per group: customers, the three means, and their deviations."""
    wide = found.pivot(index="index", columns="measure", values=["mean", "deviation"])
    one = found.drop_duplicates("index").set_index("index")
    columns = {"Group": one["group"], "Customers": one["customers"]}
    columns |= {f"{LABELS[m]}, mean": wide["mean", m] for m in UNITS}
    columns |= {f"{LABELS[m]}, deviations": wide["deviation", m] for m in UNITS}
    return pd.DataFrame(columns).reset_index(drop=True)


TABLE_UNITS = {f"{LABELS[m]}, mean": UNITS[m] for m in UNITS} | {f"{LABELS[m]}, deviations": "ratio" for m in UNITS}


def told(found, look):
    """Return the hover of a group's measure: its mean in words of its unit."""
    means = zip(found["mean"], found.measure, strict=True)
    return [look.write(mean, UNITS[measure], "tile") for mean, measure in means]


def _draw(found, look):
    frame = found.assign(words=told(found, look))
    tips = (("Mean", "words"), ("Deviations from all", "deviation", "ratio"), ("Customers", "customers", "count"))
    return heatmap(frame, "label", "group", "deviation", look, "ratio", tips, diverging=True)


def _says(found, look):
    known = found.dropna(subset="deviation")
    far = known.loc[known.deviation.abs().idxmax()]
    side = "above" if far.deviation > 0 else "below"
    said = (f"{far.group} stand out most: {far.label.lower()} {abs(far.deviation):.1f} standard deviations {side} all "
            f"customers (mean {look.write(far['mean'], UNITS[far.measure], 'tile')}).")  # fmt: skip
    return f"{said} Blue is above all customers, red below; high recency is long ago."


def _publish(found, x, y):
    cell = picked(found, "label", "group", x, y)
    return cell and {found["by"].iloc[0]: Values((cell[1],))}


PROFILES = Study(
    name="profiles",
    title="Profile by group",
    answer=standings, draw=_draw, table=table, says=_says, publish=_publish, dims=tuple(WORDS),
    definition=STANDARD + OBEYS,
    needs=("customer_key",),
    choices=(GROUPING,),
    groups=GROUPED,
    units=TABLE_UNITS,
    height=330,
)  # fmt: skip
