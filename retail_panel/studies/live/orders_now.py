"""The orders that came in last."""

import pandas as pd

from retail_panel.live.latest_orders import latest_orders
from retail_panel.studies.forms.ranking import ranking
from retail_panel.studies.study import Nothing, Study

MOST = 12


def _answer(asking):
    found = latest_orders(asking.ask, asking.plain_lines, MOST)
    if not found:
        raise Nothing("No order is in scope and selection. Clear the selection, or widen the scope.")
    frame = pd.DataFrame(found)
    frame["words"] = [f"{at.day} {at:%b %H:%M:%S}" for at in frame.ordered_at]
    for name in ("order_id", "channel", "store"):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "\u2013")
    return frame


def _draw(frame, look):
    frame = frame.assign(label=[f"{row.words}, {row.store}" for row in frame.itertuples()])
    tips = (("", "words"), ("Order", "order_id"), ("Channel", "channel"), ("Store", "store"),
            ("Amount", "amount", "money"))  # fmt: skip
    return ranking(frame, "amount", look, "money", look.series[0], tips)


def _table(frame, look):
    titles = {"words": "Time", "amount": "Amount", "store": "Store", "channel": "Channel", "units": "Units",
              "order_id": "Order"}  # fmt: skip
    return frame[list(titles)].rename(columns=titles)


def _says(frame, look):
    first = frame.iloc[0]
    where = next((f" at {place}" for place in (first.store, first.channel) if place != "\u2013"), "")
    return f"The last of them: {look.write(float(first.amount), 'money')}{where}, {first.words}."


ORDERS_NOW = Study(
    name="orders_now",
    title="The latest orders",
    answer=_answer, draw=_draw, table=_table, says=_says,
    definition=f"The {MOST} orders of scope and selection whose lines arrived last, the newest first; a return is one "
    "of its own. Among the last 400 lines, so that an order that came in pieces may show only its last ones.",
    units={"Amount": "money", "Units": "count"},
    width=12, height=300,
)  # fmt: skip
