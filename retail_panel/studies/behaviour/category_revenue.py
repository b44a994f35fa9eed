"""What the categories bring in all, and a transaction in them."""

from retail_panel.crossfilter.clause import Values
from retail_panel.schema import MONEY_SCALE
from retail_panel.studies.apart import Groups
from retail_panel.studies.behaviour.transactions import transactions
from retail_panel.studies.forms.treemap import boxed, placed, treemap
from retail_panel.studies.study import Nothing, Study


def _answer(asking):
    labels = asking.labels("category")
    sums = transactions(asking, "category")
    if asking.column_orders is not None and sums is not None:
        found = asking.column_orders.lines_by("category", len(labels)).drop(columns="lines")
    else:
        lines = asking.lines.filter(asking.lines.c_category < len(labels))
        counts = {"transactions": lines.order_key.nunique()} if sums is None else {}
        found = asking.ask(lines.group_by("c_category").agg(
            net_sales=lines.amount.sum().cast("float64") / MONEY_SCALE,
            moved=lines.amount.abs().sum().cast("float64") / MONEY_SCALE, **counts
        )).to_pandas()  # fmt: skip
    if sums is not None:
        found["transactions"] = found.c_category.map(sums.cells().groupby("value_").n.sum()).astype(int)
    if found.empty:
        raise Nothing("No order lines are selected. Clear the selection, or widen the scope.")
    found = found.sort_values("c_category").reset_index(drop=True)
    found["category"] = [labels[code] for code in found.c_category]
    found["average"], total = found.moved / found.transactions, found.net_sales.sum()
    found["share"] = found.net_sales / total if total > 0 else float("nan")
    if not (found.net_sales > 0).any():
        raise Nothing("No category has net sales above zero here: returns outweigh sales. Widen the selection.")
    return found


def _draw(found, look):
    return treemap(found, "category", "net_sales", "average", look, "money", "money", tips=(
        ("", "category"), ("Net sales", "net_sales", "money"), ("Share", "share", "share"),
        ("Average transaction value", "average", "money"), ("Transactions", "transactions", "count"),
    ))  # fmt: skip


def _table(found, look):
    columns = {"category": "Category", "net_sales": "Net sales", "share": "Share of net sales",
               "average": "Average transaction value", "transactions": "Transactions"}  # fmt: skip
    return found[list(columns)].rename(columns=columns)


def _says(found, look):
    first = found.loc[found.net_sales.idxmax()]
    share = "" if first.share != first.share else f", {look.write(first.share, 'share', 'tile')} of the total"
    text = f"{first.category} brings most: {look.write(first.net_sales, 'money', 'tile')} of net sales{share}."
    out = found[found.net_sales <= 0]
    if len(out):
        names = ", ".join(f"{row.category} ({look.write(row.net_sales, 'money', 'tile')})" for row in out.itertuples())
        text += f" Without net sales above zero, so not drawn: {names}."
    return f"{text} Area is net sales, shade the average transaction value."


def _publish(found, x, y):
    row = boxed(placed(found, "net_sales"), x, y)
    return None if row is None else {"category": Values((row.category,))}


CATEGORY_REVENUE = Study(
    name="category_revenue",
    title="Revenue by category",
    answer=_answer, draw=_draw, table=_table, says=_says, publish=_publish, dims=("category",),
    definition="Area is net sales: gross sales less returns. Shade is the average transaction value: the absolute "
    "amounts of the category's lines over the transactions that hold any. Layout: Bruls, Huizing and van Wijk (2000).",
    needs=("category",),
    groups=Groups(("category",)),
    units={"Net sales": "money", "Share of net sales": "share", "Average transaction value": "money"},
)  # fmt: skip
