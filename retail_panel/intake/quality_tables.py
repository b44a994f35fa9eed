"""The data quality report as tables on a terminal."""

from rich.table import Table
from rich.text import Text

_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}
_ROWS = (
    ("documents", "Orders and returns (documents)"),
    ("transactions", "Transactions"),
    ("customers", "Customers"),
    ("products", "Products"),
    ("countries", "Countries"),
    ("rows_without_customer", "Rows without customer (guests)"),
    ("rows_without_description", "Rows without description"),
    ("adjustment_rows", "Adjustments"),
    ("negative_price_rows", "Rows with a negative price"),
    ("zero_price_rows", "Rows with a zero price"),
    ("duplicate_rows", "Exact duplicate rows"),
    ("outlier_rows", "Outliers (marked, kept)"),
)


def quality_tables(report, currency="GBP"):
    """Lay a quality report out for a terminal.

    Parameters
    ----------
    report : dict
        From :meth:`retail_panel.intake.QualityReport.to_dict`.
    currency : str
        ISO code of the money.

    Yields
    ------
    rich.table.Table or rich.text.Text
        To be printed one after the other.
    """
    yield _counts(report, _SIGNS.get(currency, currency + " "))
    tables = (part(report) for part in (_mapping, _completeness, _quarantine, _decisions))
    yield from (table for table in tables if table.row_count)
    yield from (Text(f"Note: {note}") for note in report["notes"])
    for table in report["tables"]:
        yield from quality_tables(table, currency)


def _grid(title, *columns):
    table = Table(title=Text(title), title_justify="left", show_header=bool(columns))
    for column in columns:
        table.add_column(
            column, overflow="fold", justify="right" if column in ("Rows", "Filled", "Distinct") else "left"
        )
    return table


def _counts(report, sign):
    table = _grid(f"{report['source']}: {report['table'].replace('_', ' ')}", "What", "Rows")
    table.columns[1].header = "Value"
    for name, label in (
        ("rows_read", "Rows read"),
        ("rows_loaded", "Rows that load"),
        ("rows_quarantined", "Rows set aside"),
        *_ROWS,
    ):
        if name in report:
            table.add_row(label, f"{report[name]:,}")
    if "amount_sum" in report:
        returns, turned, sales = report["returns"], report["turned"], report["sales"]
        table.add_row(
            "Returns: documents, rows, value",
            f"{returns['documents']:,}, {returns['rows']:,}, " + _money(returns["value"], sign),
        )
        table.add_row(
            "Returns whose sign was turned: rows, value", f"{turned['rows']:,}, {_money(turned['value'], sign)}"
        )
        table.add_row(
            "Sales of known customers: rows, customers, documents, value",
            f"{sales['rows']:,}, {sales['customers']:,}, {sales['documents']:,}, {_money(sales['value'], sign)}",
        )
        table.add_row("Sum of all amounts", _money(report["amount_sum"], sign))
    if report.get("first"):
        table.add_row("First and last", f"{report['first']} to {report['last']}")
    return table


def _money(value, sign):
    return f"{'-' if value < 0 else ''}{sign}{abs(value):,.2f}"


def _mapping(report):
    table = _grid("Columns", "Meaning", "Column", "Why")
    for found in report["mapping"]:
        table.add_row(found["role"], Text(found["column"]), Text(found["why"]))
    for role, text in report["constants"].items():
        table.add_row(role, Text(f"always {text!r}"), "")
    if report["ignored"]:
        table.add_row("not used", Text(", ".join(report["ignored"])), "")
    if report["lacks"]:
        table.add_row("not there", ", ".join(report["lacks"]), "")
    return table


def _completeness(report):
    table = _grid("Completeness", "Column", "Filled", "", "Distinct")
    for name, share in report["completeness"].items():
        distinct = report["cardinalities"].get(name)
        shown = "100%" if share == 1 else f"{min(share, 0.9999):.2%}"
        table.add_row(name, shown, "█" * round(share * 20), "" if distinct is None else f"{distinct:,}")
    return table


def _quarantine(report):
    table = _grid("Set aside", "Reason", "Rows", "Such as line", "Text")
    for reason in report["quarantined"]:
        example = reason["examples"][0]
        table.add_row(Text(reason["reason"]), f"{reason['rows']:,}", example["position"], Text(example["text"][:80]))
    for found in report["unreadable"]:
        table.add_row(
            Text(f"value of {found['column']} left out, row kept"), f"{found['rows']:,}", "", Text(found["example"])
        )
    return table


def _decisions(report):
    table = _grid("Decided", "What", "How")
    for name, text in report["decisions"].items():
        table.add_row(name.replace("_", " "), Text(str(text)))
    if report.get("outlier_rule"):
        table.add_row("outliers", Text(report["outlier_rule"]))
    return table
