"""The data quality report: what was read, what was found and what was decided."""

from dataclasses import asdict, dataclass, field

EXAMPLES = 5
#: Figures of order lines in the report and what each is.
FIGURES = {
    "documents": "distinct order ids, orders and returns alike (invoices)",
    "transactions": "documents, and each line without an order id",
    "customers": "distinct customer ids",
    "products": "distinct products",
    "countries": "distinct countries",
    "rows_without_customer": "lines of guests",
    "rows_without_description": "lines without a product name",
    "returns": "lines of kind Return (cancellations): documents, rows, value",
    "turned": "returns whose sign was turned: rows, value",
    "adjustment_rows": "bookkeeping entries",
    "negative_price_rows": "lines with a price below zero",
    "zero_price_rows": "lines with a price of zero",
    "duplicate_rows": "second and later exact copies of a row",
    "outlier_rows": "lines beyond the outlier rule",
    "outlier_rule": "the rule in words, with its limits",
    "amount_sum": "sum of the amounts of all loaded lines",
    "sales": "lines with a customer, no returns or adjustments, amount above zero: rows, customers, documents, value",
    "first": "first time",
    "last": "last time",
}


@dataclass
class QualityReport:
    """Report on one source; on a folder, the sums, with one report per table under `tables`.

    All money is in currency units, returns negative. Rows are lines of the source.

    Parameters
    ----------
    source : str
        File, table or folder name.
    table : str
        ``order_line``, ``stock``, ``feedback``, or ``folder``.
    rows_read, rows_loaded, rows_quarantined : int
        Read = loaded + quarantined.
    quarantined : list of dict
        By reason, most rows first: `reason, rows, examples` of `position, column, text`.
    counts : dict
        Figures of order lines, by the names of :data:`FIGURES`.
    cardinalities : dict of str to int
        Distinct values of each column the source has.
    completeness : dict of str to float
        Share of loaded rows with a value, 0 to 1, of each column the source has.
    unreadable : list of dict
        Optional values left out: `column, rows, example`.
    mapping : list of dict
        Recognised columns: `role, column, why`.
    ignored, lacks : list of str
        Source columns without a role; roles the source does not have.
    decisions : dict of str to str
        What was decided and from what.
    notes : list of str
        What the reader should know.
    tables : list of dict
        Reports of a folder's tables.
    """

    source: str
    table: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    quarantined: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    cardinalities: dict = field(default_factory=dict)
    completeness: dict = field(default_factory=dict)
    unreadable: list = field(default_factory=list)
    layout: str = ""
    mapping: list = field(default_factory=list)
    constants: dict = field(default_factory=dict)
    ignored: list = field(default_factory=list)
    lacks: list = field(default_factory=list)
    decisions: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    tables: list = field(default_factory=list)

    def to_dict(self):
        """Return the report as one flat dict that JSON can hold; `counts` are keys of their own."""
        found = asdict(self)
        counts = found.pop("counts")
        head = {name: found.pop(name) for name in ("source", "table", "rows_read", "rows_loaded", "rows_quarantined")}
        return {**head, **counts, **found}


def folder_report(name, reports):
    """Return the report on a folder from those of its tables."""
    sums = {key: sum(getattr(r, key) for r in reports) for key in ("rows_read", "rows_loaded", "rows_quarantined")}
    return QualityReport(name, "folder", **sums, tables=[report.to_dict() for report in reports])
