"""The figures of ``retail-panel kpis`` as text."""

from datetime import date

from rich.console import Console
from rich.table import Table
from rich.text import Text

from retail_panel.dimensions import DIMENSIONS
from retail_panel.formats import format_value
from retail_panel.measures import MEASURES

#: What other figures are made of and few would read by itself; the JSON has it.
PARTS = (
    "absolute_value", "discounted_sales", "costed_sales", "customer_orders", "stock_value", "counted_days",
    "counted_span", "stock_counts", "counted_cost", "counted_margin", "counted_units", "csat_responses", "satisfied",
    "csat_points", "nps_responses", "promoters", "detractors",
)  # fmt: skip
COLUMNS = ("net_sales", "orders", "customers", "average_order_value", "return_rate", "repeat_rate")


def show(report, split_by=None):
    """Print a report.

    Parameters
    ----------
    report : dict
        What ``--json`` prints.
    split_by : str, optional
        Name of the dimension of ``report["by"]``.
    """
    console = Console(highlight=False)
    console.print(f"KPIs of {report['source']}", markup=False, soft_wrap=True)
    if report["excluded"]:
        console.print(f"without {', '.join(report['excluded'])}", markup=False)
    console.print(_whole(report))
    if "by" in report:
        console.print(_split(report, split_by))
    for needed, labels in _lacking(report["missing"]).items():
        console.print(f"Without {', '.join(needed)}: no {', '.join(labels)}.", markup=False)
    for name, made in report.get("sql", {}).items():
        console.print(f"\n-- {MEASURES[name].label}. {made['definition']}", markup=False, soft_wrap=True)
        for statement in made["sql"]:
            console.print(f"{statement};", markup=False, soft_wrap=True)


def _whole(report):
    table = Table("Figure")
    table.add_column("Value", justify="right")
    for name, measure in MEASURES.items():
        if name not in report["missing"] and name not in PARTS:
            table.add_row(measure.label, _text(name, report[name], report["currency"]))
    return table


def _split(report, split_by):
    columns = [name for name in COLUMNS if name not in report["missing"]]
    table = Table()
    table.add_column(DIMENSIONS[split_by].label, overflow="fold")
    for name in columns:
        table.add_column(MEASURES[name].label, justify="right", overflow="fold")
    for row in report["by"]:
        label = "(none)" if row["value"] is None else str(row["value"])
        table.add_row(Text(label), *(_text(name, row[name], report["currency"], "tile") for name in columns))
    return table


def _lacking(missing):
    found = {}
    for name, needed in missing.items():
        if name not in PARTS:
            found.setdefault(tuple(needed), []).append(MEASURES[name].label)
    return found


def _text(name, figure, currency, form="full"):
    unit = MEASURES[name].unit
    return format_value(date.fromisoformat(figure) if unit == "day" and figure else figure, unit, currency, form)
