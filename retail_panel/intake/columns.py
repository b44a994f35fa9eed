"""Raw columns by role: each distinct text is looked at once, however many rows repeat it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.intake import dates, numbers
from retail_panel.intake.synonyms import MISSING, NO_CUSTOMER, NUMBER_ROLES, TIME_ROLES

_MISSING = pa.array(MISSING)
_LONGEST_MISSING = max(len(text.encode()) for text in (*MISSING, *NO_CUSTOMER))
_MISSING_COUNTRY = pa.array([text for text in MISSING if text != "na"])
_MISSING_CUSTOMER = pa.array([*MISSING, *NO_CUSTOMER])
_MISSING_NUMBER = pa.array([text for text in MISSING if text != "nan"])


@dataclass(frozen=True)
class Coded:
    """A text column as distinct texts and a code per row.

    Parameters
    ----------
    codes : ndarray of int32
        Index into `texts`, -1 where the value is missing.
    texts : pyarrow.Array of string
        Distinct, without blanks around, none missing.
    """

    codes: np.ndarray
    texts: pa.Array

    @property
    def present(self):
        """Bool per row: the value is there."""
        return self.codes >= 0

    @cached_property
    def counts(self):
        """Rows per text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    def spread(self, values, missing):
        """Give each row the value of its text, or `missing`."""
        extended = np.append(values, np.array([missing], values.dtype))
        return extended[self.codes]

    def as_arrow(self):
        """Return a dictionary-encoded Arrow array."""
        return pa.DictionaryArray.from_arrays(pa.array(self.codes, mask=self.codes < 0), self.texts)


def code(column, missing=_MISSING):
    """Encode a raw string column.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray of string
    missing : pyarrow.Array of string
        Lower-case texts that mean no value.

    Returns
    -------
    Coded
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    codes = np.asarray(encoded.indices.fill_null(-1))
    texts = pc.utf8_trim_whitespace(encoded.dictionary)
    coded = Coded(codes, texts)
    if not texts.equals(encoded.dictionary):
        coded = _merge(coded, texts)
    short = np.flatnonzero(np.asarray(pc.binary_length(coded.texts)) <= _LONGEST_MISSING)
    gone = short[np.asarray(pc.is_in(pc.utf8_lower(coded.texts.take(pa.array(short))), missing))]
    if not gone.size:
        return coded
    keep = np.ones(len(coded.texts), bool)
    keep[gone] = False
    lookup = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1).astype(np.int32)
    return Coded(lookup[coded.codes], coded.texts.filter(pa.array(keep)))


class Columns:
    """The columns of one block by role.

    Parameters
    ----------
    rows : pyarrow.Table
        All strings.
    plan : Plan
    """

    def __init__(self, rows, plan):
        self.plan, self.rows, self.size = plan, rows, rows.num_rows
        self._coded, self._numbers = {}, {}

    def has(self, role):
        """Tell whether the source has a role, as a column or a constant."""
        return role in self.plan.roles or role in self.plan.constants

    def empty(self):
        """Return bool per row: no column with a role has a value."""
        return ~np.any([self.coded(role).present for role in self.plan.roles], axis=0)

    def coded(self, role):
        """Return a role's texts as :class:`Coded`; all missing where the source lacks it."""
        if role not in self._coded:
            self._coded[role] = self._code(role)
        return self._coded[role]

    def _code(self, role):
        plan = self.plan
        if role in plan.constants:
            return Coded(np.zeros(self.size, np.int32), pa.array([plan.constants[role]], pa.string()))
        if role not in plan.roles:
            return Coded(np.full(self.size, -1, np.int32), pa.array([], pa.string()))
        missing = {"country": _MISSING_COUNTRY, "customer_id": _MISSING_CUSTOMER}.get(role, _MISSING)
        coded = code(self.rows[plan.roles[role]], _MISSING_NUMBER if role in NUMBER_ROLES else missing)
        if role in plan.whole_ids:
            coded = _merge(coded, pc.replace_substring_regex(coded.texts, r"^([0-9]+)\.0+$", r"\1"))
        if role in TIME_ROLES and "clock" in plan.roles:
            coded = self._with_clock(coded)
        return coded

    def _with_clock(self, days):
        clock = code(self.rows[self.plan.roles["clock"]])
        day = days.as_arrow().dictionary_decode()
        time = pc.fill_null(clock.as_arrow().dictionary_decode(), "00:00")
        plain = pc.replace_substring_regex(day, r"[T ]00:00(:00(\.0+)?)?$", "")
        return code(pc.binary_join_element_wise(plain, time, " "))

    def numbers(self, role):
        """Return a number role as :class:`~retail_panel.intake.numbers.Numbers`, one per row; missing is UNREADABLE."""
        if role not in self._numbers:
            coded = self.coded(role)
            read = numbers.read_numbers(coded.texts, self.plan.marks.get(role, "."))
            none = numbers.Numbers(
                np.append(read.mantissa, 0),
                np.append(read.decimals, 0),
                np.append(read.status, np.int8(numbers.UNREADABLE)),
            )
            self._numbers[role] = none.take(coded.codes), read.currency
        return self._numbers[role][0]

    def currency_signs(self, role):
        """Return the currency that a number's sign names as :class:`Coded`, or None where no value has one."""
        self.numbers(role)
        found = self._numbers[role][1]
        if found is None:
            return None
        return code(pa.array([*found, None], pa.string()).take(pa.array(self.coded(role).codes % (len(found) + 1))))

    def times(self, role):
        """Return (int64 microseconds, status per row) of a time role; missing is UNREADABLE."""
        coded = self.coded(role)
        micros, status = dates.read_times(coded.texts, self.plan.reading(role))
        return coded.spread(micros, 0), coded.spread(status, dates.UNREADABLE)


def _merge(coded, texts):
    merged = texts.dictionary_encode()
    return Coded(np.append(np.asarray(merged.indices), -1).astype(np.int32)[coded.codes], merged.dictionary)
