"""How much is sold at full price, at a discount, and comes back."""

import hvplot.pandas  # noqa: F401  (registers DataFrame.hvplot)

from retail_panel.crossfilter.clause import Values
from retail_panel.measures import line_count
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.apart import Groups
from retail_panel.studies.forms.heatmap import cut
from retail_panel.studies.look import SHAPE
from retail_panel.studies.study import Nothing, Study

PARTS = {"share_of_lines": "Share of lines", "share_of_value": "Share of value"}


def _answer(asking):
    labels = asking.labels("kind")
    if asking.column_orders is not None:
        found = asking.column_orders.lines_by("kind", len(labels)).rename(columns={"moved": "value"})
        found = found[["c_kind", "lines", "value"]]
    else:
        lines = asking.lines.filter(asking.lines.c_kind < len(labels))
        found = asking.ask(lines.group_by("c_kind").agg(
            lines=line_count(lines), value=lines.amount.abs().sum().cast("float64") / MONEY_SCALE,
        )).to_pandas()  # fmt: skip
    if found.empty:
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    found = found.set_index("c_kind").reindex(range(len(labels)), fill_value=0).reset_index(drop=True)
    lines, value = found.lines.sum(), found.value.sum()
    return found.assign(
        kind=labels, share_of_lines=found.lines / lines, share_of_value=found.value / value if value else 0.0
    )


def _draw(found, look):
    frame = found.melt(["kind", "lines", "value"], list(PARTS), "part", "share")
    frame["part"], frame["place"] = frame.part.map(PARTS), [cut(kind, 14) for kind in frame.kind]
    bars = frame.hvplot.bar(
        x="place", y="share", by="part", color=list(look.series[: len(PARTS)]), hover_cols=["kind", "lines", "value"],
        ylim=(0, min(1.0, frame.share.max() * 1.08) or 1.0), **SHAPE,
        hover_tooltips=look.tips(("", "kind"), ("", "part"), ("", "share", "share"), ("Lines", "lines", "count"),
                                 ("Value", "value", "money")),
    )  # fmt: skip
    return look.dressed(bars, y="share", legend="top", multi_level=False)


def _table(found, look):
    columns = {"kind": "Kind", "lines": "Lines", "share_of_lines": "Share of lines", "value": "Value",
               "share_of_value": "Share of value"}  # fmt: skip
    return found[list(columns)].rename(columns=columns)


def _says(found, look):
    def words(row):
        shares = [look.write(row[part], "share", "tile") for part in PARTS]
        return f"{row.kind} {shares[0]} ({shares[1]} of value)"

    held = found[found.lines > 0].sort_values("lines", ascending=False, kind="stable")
    listed = "; ".join(words(row) for _, row in held.head(4).iterrows())
    more = f"; and {len(held) - 4} more" if len(held) > 4 else ""
    worth = look.write(found.value.sum(), "money", "tile")
    return f"Of {look.write(found.lines.sum())} lines worth {worth}: {listed}{more}."


def _publish(found, x, y):
    return {"kind": Values((found.kind[int(x)],))} if 0 <= x < len(found) else None


KINDS = Study(
    name="kinds",
    title="Full price, discount and returns",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("kind",),
    definition="Order lines by kind, as shares of all lines and of their absolute amounts, so that what came back "
    "weighs as much as what went out.",
    needs=("kind",),
    groups=Groups(("kind",)),
    units={"Share of lines": "share", "Share of value": "share", "Value": "money"},
    width=4,
)  # fmt: skip
