"""What the whole of a source says about how it is to be read, gathered in the first reading."""

import numpy as np
import pyarrow.compute as pc

from retail_panel.errors import UnusableInput
from retail_panel.intake.date_order import OrderEvidence
from retail_panel.intake.dates import DateReading
from retail_panel.intake.decimal_marks import MarkEvidence
from retail_panel.intake.kinds import RETURN, letter_rows, named_kinds
from retail_panel.intake.synonyms import NUMBER_ROLES, TIME_ROLES

ID_ROLES = ("customer_id", "order_id")
_NEGATIVE = r"^[^0-9]*[-−]|^\(|[-−]$"


class Evidence:
    """Evidence on the columns of one source.

    Parameters
    ----------
    source : opened source
    roles : dict of str to str
        Role to source column.
    """

    def __init__(self, source, roles):
        self._source, self._roles = source, roles
        self._orders = {role: OrderEvidence() for role in roles if role in TIME_ROLES}
        self._marks = {
            role: MarkEvidence() for role in roles if role in NUMBER_ROLES and roles[role] not in source.typed
        }
        self._ids = {role: np.zeros(3, np.int64) for role in roles if role in ID_ROLES}
        self._letters = np.zeros(4, np.int64)
        self.returns = {"positive": 0, "negative": 0}
        self.scores = [np.inf, -np.inf]

    def add(self, columns):
        """Add one block as :class:`~retail_panel.intake.columns.Columns`."""
        for role, order in self._orders.items():
            coded = columns.coded(role)
            order.add(coded.texts, coded.counts)
        for role, mark in self._marks.items():
            coded = columns.coded(role)
            mark.add(coded.texts, coded.counts)
        for role, found in self._ids.items():
            coded = columns.coded(role)
            for i, pattern in enumerate((r"^[0-9]+$", r"^[0-9]+\.0+$")):
                found[i] += coded.counts[np.asarray(pc.match_substring_regex(coded.texts, pattern))].sum()
            found[2] += coded.counts.sum()
        if "amount" in self._roles or "quantity" in self._roles:
            self._add_signs(columns)
        if "score" in self._roles:
            score = columns.numbers("score").as_float()
            if not np.isnan(score).all():
                self.scores = [min(self.scores[0], np.nanmin(score)), max(self.scores[1], np.nanmax(score))]

    def _add_signs(self, columns):
        coded = columns.coded("amount" if "amount" in self._roles else "quantity")
        negative = coded.spread(np.asarray(pc.match_substring_regex(coded.texts, _NEGATIVE)), False)
        positive = ~negative & coded.spread(np.asarray(pc.match_substring_regex(coded.texts, "[1-9]")), False)
        if "kind" in self._roles:
            returned = named_kinds(columns) == RETURN
            self.returns["positive"] += int((returned & positive).sum())
            self.returns["negative"] += int((returned & negative).sum())
        if "order_id" in self._roles:
            cancelled = letter_rows(columns, "C")
            if cancelled.any():
                self._letters += (cancelled.sum(), (cancelled & negative).sum(), (cancelled & positive).sum(), 0)

    def times(self, mapping):
        """Return {time role: DateReading}; raises :class:`UnusableInput` where the column cannot be decided."""
        named = mapping.date_format
        if named and "%" in named:
            return {role: DateReading(None, named, mapping.timezone) for role in self._orders}
        return {
            role: DateReading(named or order.decide(self._where(role)), None, mapping.timezone)
            for role, order in self._orders.items()
        }

    def marks(self, mapping):
        """Return {number role: decimal mark}; raises :class:`UnusableInput` where no column of the source tells."""
        typed = {role: "." for role in self._roles if role in NUMBER_ROLES and role not in self._marks}
        if mapping.decimal_mark:
            return dict.fromkeys(self._marks, mapping.decimal_mark) | typed
        found = {role: mark.decide(self._where(role)) for role, mark in self._marks.items()}
        telling = {mark for role, mark in found.items() if mark and any(self._marks[role].telling.values())}
        for role in [role for role, mark in found.items() if mark is None]:
            if len(telling) != 1:
                raise UnusableInput(
                    f"{self._where(role)}: whether {self._marks[role].example['open']!r} has a decimal mark or a "
                    "thousands separator cannot be told from the column; say the decimal mark with --decimal-mark . or "
                    ", (decimal_mark in a mapping file)"
                )
            found[role] = next(iter(telling))
        return found | typed

    def guess(self, mapping):
        """Return {number role: decimal mark} as far as it can be told now, without raising."""
        if mapping.decimal_mark:
            return self.marks(mapping)
        found = {}
        for role, mark in self._marks.items():
            telling = mark.telling
            found[role] = "," if telling[","] > telling["."] else "."
        return found | {role: "." for role in self._roles if role in NUMBER_ROLES and role not in found}

    def whole_ids(self):
        """Return the id roles that are whole numbers written with ``.0``."""
        return frozenset(role for role, (whole, floats, rows) in self._ids.items() if floats and whole + floats == rows)

    def invoice_letters(self, layout):
        """Tell whether order ids beginning with C are cancellations."""
        if layout is not None and layout.invoice_letters:
            return True
        if "order_id" not in self._ids:
            return False
        digits, floats, rows = self._ids["order_id"]
        cancelled, negative, positive, _ = self._letters
        return bool(cancelled and 2 * (digits + floats) > rows and negative >= 9 * positive)

    @property
    def zoned(self):
        """Rows whose stamp carries a zone or an offset."""
        return sum(order.zoned for order in self._orders.values())

    def date_shapes(self, role):
        """Return {shape: rows} of a time role."""
        return self._orders[role].shapes

    def _where(self, role):
        return f"{self._source.name}: column {self._roles[role]!r}"
