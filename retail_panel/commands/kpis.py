"""``retail-panel kpis``: the figures of a file."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from retail_panel.commands.check import mapping_arguments, mapping_of
from retail_panel.errors import UnusableInput
from retail_panel.settings import load_settings

HELP = "Print the KPIs of a file, a folder or a table."
MARKED = ("guests", "returns", "duplicates", "zero-price", "adjustments", "outliers")
#: Always in the JSON, null where the source does not support them.
ALWAYS = (
    "lines", "transactions", "orders", "customers", "units", "gross_sales", "returns_value", "net_sales",
    "average_order_value", "average_transaction_value", "return_rate", "repeat_rate", "first_day", "last_day",
)  # fmt: skip


def arguments(parser):
    """Add the command's options."""
    parser.add_argument(
        "source", metavar="FILE", help="CSV, Parquet or Excel file, a folder of them, or a database URL with #table"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object; money in currency units")
    parser.add_argument("--by", metavar="DIMENSION", help="split by a dimension too, such as channel or segment")
    parser.add_argument("--exclude", metavar="MARK,...", help=f"leave out marked lines: {', '.join(MARKED)}")
    parser.add_argument("--since", metavar="YYYY-MM-DD", help="first day (default: that of the first line)")
    parser.add_argument("--until", metavar="YYYY-MM-DD", help="day after the last (default: to the last line)")
    parser.add_argument("--currency", metavar="ISO", help="currency of lines that name none (default GBP); where lines "
                        "are in several, the one to count")  # fmt: skip
    parser.add_argument("--sql", action="store_true", help="print how each figure is defined, and its SQL")
    mapping_arguments(parser)


def run(options):
    """Load the source and print its figures.

    Raises
    ------
    UnusableInput
        If an option or the source cannot be used.
    """
    scope = _scope(options)
    from retail_panel.commands.kpis_text import show
    from retail_panel.intake import load
    from retail_panel.intake.reading_bar import reading_bar
    from retail_panel.store import Store

    with TemporaryDirectory(prefix="retail-panel-") as folder:
        store = Store(f"duckdb:///{Path(folder) / 'kpis.duckdb'}")
        try:
            with reading_bar() as progress:
                load(options.source, store, mapping_of(options), progress)
            report = _report(store, scope, options)
        finally:
            store.close()
    if options.json:
        print(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        show(report, options.by)


def _scope(options):
    from retail_panel.crossfilter.scope import Scope

    left_out = [mark.strip() for mark in (options.exclude or "").split(",") if mark.strip()]
    for mark in left_out:
        if mark not in MARKED:
            raise UnusableInput(f"--exclude {mark!r}: allowed: {', '.join(MARKED)}")
    since, until = (_day(name, getattr(options, name)) for name in ("since", "until"))
    if since and until and since >= until:
        raise UnusableInput(f"--since {since} --until {until}: since must be before until, which is not included")
    return Scope(leave_out=left_out, since=since, until=until)


def _day(name, text):
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UnusableInput(f"--{name} {text!r}: must be a day as YYYY-MM-DD") from error


def _report(store, scope, options):
    from retail_panel.commands.split import split
    from retail_panel.figures import available, explain, figures
    from retail_panel.measures import scoped_tables

    tables = scoped_tables(store, scope)
    tables["order_line"], currency = _in_one_currency(store, tables["order_line"], options.currency)
    supported, missing = available(store)
    whole = figures(store, tables, supported)
    report = {"source": str(options.source), "currency": currency, "excluded": list(scope.leave_out)}
    report |= {"since": options.since, "until": options.until, **_plain(whole, missing), "missing": missing}
    by = None
    if options.by:
        tables, by = split(store, tables, options.by)
        rows = figures(store, tables, supported, by)
        if by.kind == "number":
            rows.sort(key=lambda row: by.labels.index(row["value"]) if row["value"] in by.labels else len(by.labels))
        elif by.kind == "time":
            rows.sort(key=lambda row: str(row["value"]))
        rows = sorted(rows, key=lambda row: str(row["value"])) if by.kind == "time" else rows
        report["by"] = [{"value": row["value"], **_plain(row, missing)} for row in rows]
    if options.sql:
        made = {name: explain(store, tables, name, by) for name in supported}
        report["sql"] = {name: {"definition": m["definition"], "sql": m["sql"]} for name, m in made.items()}
    return report


def _in_one_currency(store, lines, wanted):
    """Return the lines to count and their currency; adding pounds to euros would say nothing."""
    default = load_settings(currency=wanted).currency
    found = store.ask(lines.select("currency").distinct().order_by("currency")).column("currency").to_pylist()
    named = [code for code in found if code is not None]
    if not named:
        return lines, default
    listed = ", ".join(named)
    if wanted and wanted not in named:
        raise UnusableInput(f"--currency {wanted}: the lines are in {listed}")
    if len(named) == 1 and (wanted or None not in found or named[0] == default):
        return lines, named[0]
    if not wanted:
        rest = ", and some name none, which is {default}" if None in found else ""
        raise UnusableInput(f"column currency: lines are in {listed}{rest}; choose with --currency {named[0]}")
    return lines.filter((lines.currency == wanted) | lines.currency.isnull()), wanted


def _plain(found, missing):
    """Return figures as JSON holds them: the ones always there first, days as text, money to a ten-thousandth."""
    names = [*ALWAYS, *(name for name in found if name not in ALWAYS and name != "value")]
    return {name: None if name in missing else _json(name, found[name]) for name in names}


def _json(name, figure):
    from retail_panel.measures import MEASURES

    if isinstance(figure, float):
        return round(figure, 4 if MEASURES[name].unit == "money" else 6)
    return figure.isoformat() if isinstance(figure, date) else figure
