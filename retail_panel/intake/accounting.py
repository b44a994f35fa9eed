"""Keeping the figures of the quality report while clean batches pass by."""

import numpy as np
import pyarrow.compute as pc

from retail_panel.intake.counted_texts import hashed_texts, used
from retail_panel.intake.distinct import Distinct
from retail_panel.intake.quality import EXAMPLES, QualityReport
from retail_panel.intake.synonyms import NAMES
from retail_panel.schema import FEEDBACK, MONEY_SCALE, ORDER_LINE, STOCK

TABLES = {"order_line": ORDER_LINE, "stock": STOCK, "feedback": FEEDBACK}
TIME = {"order_line": "ordered_at", "stock": "day", "feedback": "given_at"}
_COUNTED = (
    "brand",
    "order_id",
    "customer_id",
    "channel",
    "store",
    "country",
    "category",
    "product",
    "description",
    "kind",
    "tier",
    "currency",
    "scale",
)


class Account:
    """Sums up one source.

    Parameters
    ----------
    plan : Plan
    decisions : dict
        What the reader of the file decided.
    """

    def __init__(self, plan, decisions):
        self._plan, self._decisions = plan, decisions
        self._columns = [column.name for column in TABLES[plan.table]]
        self._read = self._loaded = 0
        self._present = dict.fromkeys(self._columns, 0)
        self._distinct = {name: Distinct() for name in _COUNTED if name in self._columns}
        self._sets = {name: Distinct() for name in ("returned", "bought", "buyers")}
        self._sums = dict.fromkeys(
            (
                "amount",
                "returned",
                "returned_rows",
                "sales",
                "sales_rows",
                "outliers",
                "duplicates",
                "zero",
                "adjustments",
                "turned_rows",
                "turned_amount",
                "negative_price_rows",
                "positive_return_rows",
            ),
            0,
        )
        self._reasons, self._unreadable = {}, {}
        self._first = self._last = None

    def add(self, block, cleaned):
        """Add a block and what cleaning made of it."""
        rows = cleaned.rows
        self._read += block.row_count
        self._loaded += rows.num_rows
        self._add_quarantine(cleaned.quarantine)
        for name, value in cleaned.counts.items():
            self._sums[name] += value
        for column, (count, example) in cleaned.unreadable.items():
            known = self._unreadable.setdefault(column, [0, example])
            known[0] += count
        if not rows.num_rows:
            return
        for name in self._columns:
            self._present[name] += rows.num_rows - rows[name].null_count
        span = pc.min_max(rows[TIME[self._plan.table]]).as_py()
        self._first = span["min"] if self._first is None else min(self._first, span["min"])
        self._last = span["max"] if self._last is None else max(self._last, span["max"])
        hashed = hashed_texts(rows, self._distinct)
        for name, (codes, hashes) in hashed.items():
            self._distinct[name].add(used(codes, hashes))
        if self._plan.table == "order_line":
            self._add_lines(rows, hashed)

    def _add_lines(self, rows, hashed):
        flag = {
            name: np.asarray(rows[name])
            for name in ("is_return", "is_duplicate", "is_zero_price", "is_adjustment", "is_outlier")
        }
        amount, sums = np.asarray(rows["amount"]), self._sums
        sums["amount"] += int(amount.sum())
        sums["returned"] += int(amount[flag["is_return"]].sum())
        sums["returned_rows"] += int(flag["is_return"].sum())
        sums["outliers"] += int(flag["is_outlier"].sum())
        sums["duplicates"] += int(flag["is_duplicate"].sum())
        sums["zero"] += int(flag["is_zero_price"].sum())
        sums["adjustments"] += int(flag["is_adjustment"].sum())
        customers, orders = hashed["customer_id"], hashed["order_id"]
        sold = ~flag["is_return"] & ~flag["is_adjustment"] & ~flag["is_zero_price"] & (amount > 0) & (customers[0] >= 0)
        sums["sales"] += int(amount[sold].sum())
        sums["sales_rows"] += int(sold.sum())
        for name, (codes, hashes), mask in (
            ("returned", orders, flag["is_return"]),
            ("bought", orders, sold),
            ("buyers", customers, sold),
        ):
            self._sets[name].add(used(codes[mask], hashes))

    def _add_quarantine(self, rows):
        if not rows.num_rows:
            return
        for counted in rows["reason"].value_counts().to_pylist():
            entry = self._reasons.setdefault(
                counted["values"], {"reason": counted["values"], "rows": 0, "examples": []}
            )
            entry["rows"] += counted["counts"]
            if len(entry["examples"]) < EXAMPLES:
                found = rows.filter(pc.equal(rows["reason"], counted["values"])).slice(
                    0, EXAMPLES - len(entry["examples"])
                )
                entry["examples"] += found.select(["source", "position", "column", "text"]).to_pylist()

    def report(self):
        """Return the :class:`QualityReport`."""
        plan = self._plan
        derived = {"kind", "currency", "product", "amount", "list_amount"}
        has = [
            c for c in self._columns if c in plan.roles or c in plan.constants or (c in derived and self._present[c])
        ]
        report = QualityReport(
            plan.source,
            plan.table,
            self._read,
            self._loaded,
            sum(r["rows"] for r in self._reasons.values()),
            sorted(self._reasons.values(), key=lambda r: (-r["rows"], r["reason"])),
            cardinalities={name: len(found) for name, found in self._distinct.items() if name in has},
            completeness={name: round(self._present[name] / self._loaded, 6) if self._loaded else 0.0 for name in has},
            unreadable=[{"column": c, "rows": rows, "example": text} for c, (rows, text) in self._unreadable.items()],
            layout=plan.layout,
            constants=plan.constants,
            ignored=list(plan.ignored),
            mapping=[
                {"role": role, "column": column, "why": plan.why.get(role, "")} for role, column in plan.roles.items()
            ],
            lacks=[c for c in NAMES[plan.table] if c in self._columns and c not in has],
            decisions={**self._decisions, **plan.decisions},
        )
        report.counts = self._figures() if plan.table == "order_line" else self._span()
        report.notes = self._notes()
        return report

    def _span(self):
        return {"first": _text(self._first), "last": _text(self._last)}

    def _figures(self):
        sums, distinct = self._sums, {name: len(found) for name, found in self._distinct.items()}
        without_order = self._loaded - self._present["order_id"]
        return {
            "documents": distinct["order_id"],
            "transactions": distinct["order_id"] + without_order,
            "customers": distinct["customer_id"],
            "products": distinct["product"],
            "countries": distinct["country"],
            "rows_without_customer": self._loaded - self._present["customer_id"],
            "rows_without_description": self._loaded - self._present["description"],
            "returns": {
                "documents": len(self._sets["returned"]),
                "rows": sums["returned_rows"],
                "value": _money(sums["returned"]),
            },
            "turned": {"rows": sums["turned_rows"], "value": _money(sums["turned_amount"])},
            "adjustment_rows": sums["adjustments"],
            "negative_price_rows": sums["negative_price_rows"],
            "zero_price_rows": sums["zero"],
            "duplicate_rows": sums["duplicates"],
            "outlier_rows": sums["outliers"],
            "outlier_rule": self._plan.outlier_rule,
            "amount_sum": _money(sums["amount"]),
            "sales": {
                "rows": sums["sales_rows"],
                "customers": len(self._sets["buyers"]),
                "documents": len(self._sets["bought"]),
                "value": _money(sums["sales"]),
            },
            **self._span(),
        }

    def _notes(self):
        notes = []
        if self._sums["positive_return_rows"]:
            notes.append(
                f"{self._sums['positive_return_rows']:,} returns have a positive amount although the source writes "
                'returns negative; they are kept as they are (returns = "positive" turns them)'
            )
        if self._plan.table == "order_line" and len(self._distinct["currency"]) > 1:
            notes.append(f"{len(self._distinct['currency'])} currencies: sums over all of them add unlike money")
        return notes


def _money(value):
    return value / MONEY_SCALE


def _text(value):
    return None if value is None else value.isoformat(sep=" ") if hasattr(value, "hour") else value.isoformat()
