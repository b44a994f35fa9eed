"""``retail-panel segments``: RFM, segments and clusters of a file's customers."""

import datetime as dt
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from retail_panel.errors import UnusableInput

HELP = "Group a file's customers by recency, frequency and monetary value (RFM)."
MARKED = ("guests", "returns", "duplicates", "zero-price", "adjustments", "outliers")


def arguments(parser):
    """Add the command's options."""
    parser.add_argument("file", metavar="FILE", help="CSV, Parquet or Excel file, a folder of them, or a database URL")
    parser.add_argument("--mapping", metavar="FILE", help="mapping file that names the source's columns")
    parser.add_argument("--method", choices=["clusters", "rules"], default="clusters",
                        help="K-means clusters (default), or the eleven segments by rules over the scores")  # fmt: skip
    parser.add_argument("-k", type=int, metavar="N", help="number of clusters, 2 to 10; default: by silhouette")
    parser.add_argument("--frequency", choices=["orders", "lines", "days"], default="orders",
                        help="what frequency counts (default: orders)")  # fmt: skip
    parser.add_argument("--monetary", choices=["net", "gross"], default="net",
                        help="sales less returns (default), or sales alone")  # fmt: skip
    parser.add_argument("--returns", choices=["subtract", "count"], default="subtract",
                        help="returns give money back (default), or count as purchases of their amount")  # fmt: skip
    parser.add_argument("--reference-day", metavar="YYYY-MM-DD",
                        help="day that recency counts back from; later lines are left out (default: last day)")
    parser.add_argument("--exclude", metavar="MARK,...", help=f"leave out marked lines: {', '.join(MARKED)}")
    parser.add_argument("--csv", metavar="OUT", type=Path, help="write one row per scored customer to this file")
    parser.add_argument("--json", action="store_true", help="print one JSON object; k, silhouette and inertia are the "
                        "clusters', whichever method makes the segments")  # fmt: skip


def run(options):
    """Load the file, score and group its customers, and print the groups."""
    pipeline = _pipeline(options)
    excluded = _excluded(options.exclude)
    from retail_panel.crossfilter.scope import Scope
    from retail_panel.export import write_audience
    from retail_panel.export.outcome import figures
    from retail_panel.intake import load
    from retail_panel.store import Store

    store = Store()
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("opening", total=None)

        def show(rows, share, phase):
            bar.update(task, completed=share or 0, total=share and 1, description=f"{phase}, {rows:,} rows")

        load(options.file, store, mapping=options.mapping, progress=show)
        bar.update(task, total=None, description="grouping customers")
        lines = Scope(leave_out=excluded).restrict(store.lines)
        population = pipeline.run(store, lines, "population")
        if options.csv:
            with options.csv.open("wb") as target:
                write_audience(target, "csv", store.ask, population, store.customers)
    if options.json:
        print(json.dumps(figures(population, options.returns), indent=2, ensure_ascii=False))
    else:
        _show(population, options.csv)


def _pipeline(options):
    from retail_panel.customers import CustomersPipeline

    if options.k is not None and not 2 <= options.k <= 10:
        raise UnusableInput(f"-k {options.k}: the number of clusters must be from 2 to 10")
    try:
        day = dt.date.fromisoformat(options.reference_day) if options.reference_day else None
    except ValueError as error:
        raise UnusableInput(f"--reference-day {options.reference_day!r}: must be a day as YYYY-MM-DD") from error
    return CustomersPipeline(
        method=options.method,
        k=options.k,
        frequency=options.frequency,
        monetary=options.monetary,
        returns=options.returns,
        reference_day=day,
    )


def _excluded(text):
    marks = [mark.strip() for mark in (text or "").split(",") if mark.strip()]
    for mark in marks:
        if mark not in MARKED:
            raise UnusableInput(f"--exclude {mark!r}: allowed: {', '.join(MARKED)}")
    return marks


def _show(population, csv):
    console = Console(highlight=False, markup=False, soft_wrap=True)
    kind = "Clusters" if population.method == "clusters" else "Segments"
    console.print(f"{kind} of {_counted(population.customers, 'customer')}, as of {population.reference_day}")
    console.print(population.definition)
    if population.groups:
        console.print(_table(population.groups))
        for group in population.groups:
            console.print(f"{group.name}: {group.description}")
    silent = population.clustering.notes if population.clustering and population.method == "rules" else ()
    for note in population.notes:
        if note not in silent:
            console.print(note)
    if csv:
        console.print(f"{_counted(population.customers, 'row')} written to {csv}")


def _counted(number, noun):
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _table(groups):
    table = Table(box=None, pad_edge=False)
    table.add_column("Name", no_wrap=True)
    for heading in ("Customers", "Share", "Days", "Frequency", "Monetary", "Net sales"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group in groups:
        table.add_row(
            group.name,
            f"{group.customers:,}",
            f"{group.share:.1%}",
            f"{group.recency_days_mean:,.1f}",
            f"{group.frequency_mean:,.2f}",
            f"{group.monetary_mean:,.2f}",
            f"{group.net_sales:,.0f}",
        )
    return table
