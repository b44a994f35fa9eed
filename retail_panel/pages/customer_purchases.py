"""One customer's purchases and returns over time, as a chart on their card."""

from dataclasses import dataclass

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)
import numpy as np
import pandas as pd

from retail_panel.customers.card import Card
from retail_panel.formats import format_value
from retail_panel.pages.month_ticks import month_ticks
from retail_panel.studies import Study
from retail_panel.studies.look import SHAPE

PURCHASE, RETURN = "Purchase", "Return"


@dataclass(frozen=True)
class Purchases:
    """A card, and the first day of the scope it was made in."""

    card: Card
    since: object


def _rows(found):
    rows = found.card.timeline
    frame = pd.DataFrame({
        "day": pd.to_datetime(rows["day"]).astype("datetime64[us]"),
        "words": [format_value(day) for day in rows["day"]],
        "amount": rows["amount"].astype(float),
        "lines": rows["lines"].astype(int),
        "returned": rows["returned"].astype(float),
        "what": np.where(rows["amount"] < 0, RETURN, PURCHASE),
    })  # fmt: skip
    return frame.iloc[::-1].reset_index(drop=True)


def _draw(found, look):
    rows, drawn = _rows(found), []
    ends = pd.to_datetime([found.since, found.card.as_of]).astype("datetime64[us]")
    room = (ends[1] - ends[0]) * 0.02 + pd.Timedelta(days=1)
    top, bottom = (max(0.0, rows["amount"].max()), min(0.0, rows["amount"].min())) if len(rows) else (1.0, 0.0)
    air = 0.08 * ((top - bottom) or 1)
    tips = look.tips(("", "what"), ("", "words"), ("Net", "amount", "money"), ("Lines", "lines", "count"))
    for what, colour in ((PURCHASE, look.series[0]), (RETURN, look.series[3])):
        drawn.append(rows[rows["what"] == what].hvplot.scatter(
            x="day", y="amount", color=colour, size=45, alpha=0.75, label=what, hover_tooltips=tips,
            hover_cols=["what", "words", "lines"], xlim=(ends[0] - room, ends[1] + room),
            ylim=(bottom - air if bottom < 0 else 0, top + air), xticks=month_ticks(*ends), **SHAPE,
        ))  # fmt: skip
    return look.dressed(drawn[0] * drawn[1], y="money", legend=None)


def _table(found, look):
    words = {"day": "Day", "what": "What", "amount": "Net", "lines": "Lines", "returned": "Returned"}
    rows = _rows(found).iloc[::-1]
    return rows.assign(day=found.card.timeline["day"].to_numpy())[list(words)].rename(columns=words)


def _says(found, look):
    card, rows = found.card, _rows(found)
    if rows.empty:
        return "No transaction in scope."
    largest = rows.loc[rows["amount"].idxmax()]
    shown = "" if card.transactions == len(rows) else f"The latest {len(rows):,} are drawn. "
    many = f"{card.transactions:,} transaction{'' if card.transactions == 1 else 's'}"
    spread = f" from {rows['words'].iloc[0]} to {rows['words'].iloc[-1]}" if len(rows) > 1 else ""
    back = int((rows["amount"] < 0).sum())
    shown += f"In red, below zero: {back:,} return{'' if back == 1 else 's'}. " if back else ""
    return f"{many}{spread}. {shown}The largest: {look.write(largest['amount'], 'money')} on {largest['words']}."


PURCHASES = Study(
    name="customer_purchases",
    title="Purchases and returns",
    answer=None, draw=_draw, table=_table, says=_says,
    definition="Each mark is one transaction in scope, an order or a return document, at its day and its net value.",
    units={"Net": "money", "Returned": "money"},
    width=12, height=190,
)  # fmt: skip
