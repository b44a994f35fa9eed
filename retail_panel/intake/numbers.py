"""Numbers and money from text, exactly: a whole mantissa and its decimals, never a rounded float.

``1,234.50``, ``1.234,50`` (by the column's decimal mark), ``£12``, ``GBP 12.00``, ``(12.00)`` and ``12.00-`` are read.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.intake.money import DIGITS, VALUE_LIMIT, to_money
from retail_panel.intake.synonyms import CURRENCY_CODES, CURRENCY_SIGNS

READ, UNREADABLE, NOT_A_NUMBER, INFINITE, TOO_LARGE = range(5)
#: What each status means, as the end of a sentence "amount ...".
STATUS_WORDS = {
    UNREADABLE: "cannot be read as a number",
    NOT_A_NUMBER: "is NaN",
    INFINITE: "is infinite",
    TOO_LARGE: "is beyond a million million",
}
_PLAIN = {".": r"^-?[0-9]{1,12}(\.[0-9]{1,5})?$", ",": r"^-?[0-9]{1,12}(,[0-9]{1,5})?$"}
_WORDS = {word.lower(): code for word, code in {**CURRENCY_SIGNS, **{c: c for c in CURRENCY_CODES}}.items()}
_SIGNS = "|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True))
_SHAPE = re.compile(
    rf"(?P<minus>[-+−])?(?P<before>{_SIGNS})?(?P<inner>[-+−])?(?P<digits>[0-9.,]+(?:e[-+]?[0-9]+)?)"
    rf"(?P<after>{_SIGNS})?(?P<trailing>[-−])?(?P<last>{_SIGNS})?",
    re.IGNORECASE,
)
_GROUP = re.compile(r"[\s\u00a0\u2009\u202f'’_]")
_NUMBER = {
    mark: re.compile(
        rf"(?:(?:[0-9]{{1,3}}(?:{group}[0-9]{{2,3}})*{group}[0-9]{{3}}|[0-9]+)(?:{point}[0-9]*)?"
        rf"|{point}[0-9]+)(?:e[-+]?[0-9]+)?"
    )
    for mark, point, group in ((".", r"\.", ","), (",", ",", r"\."))
}
_LONGEST = 1_000
_CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-999, Emax=999, traps=[])
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN, traps=[])


@dataclass(frozen=True)
class Numbers:
    """Numbers as read: value = mantissa / 10 ** decimals.

    `mantissa` int64, `decimals` int64, `status` int8 (0 is read) and `currency` (list of ISO codes or None, or None
    when no value had a sign) have one entry per text.
    """

    mantissa: np.ndarray
    decimals: np.ndarray
    status: np.ndarray
    currency: list | None = None

    def take(self, indices):
        """Return the numbers at `indices`, an int array."""
        currency = None if self.currency is None else [self.currency[i] for i in indices]
        return Numbers(self.mantissa[indices], self.decimals[indices], self.status[indices], currency)

    def as_float(self):
        """Return float64, correctly rounded; NaN where not read."""
        return np.where(self.status == READ, self.mantissa / 10.0**self.decimals, np.nan)

    def as_money(self):
        """Return int64 ten-thousandths, halves rounded to even; 0 where not read."""
        return to_money(self.mantissa, self.decimals)


def read_numbers(texts, mark="."):
    """Read texts as numbers.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Without nulls; pass distinct values, each is parsed once.
    mark : {'.', ','}
        Decimal mark.

    Returns
    -------
    Numbers
        One entry per text.
    """
    plain = np.asarray(pc.match_substring_regex(texts, _PLAIN[mark]))
    if plain.all():
        return Numbers(*_read_plain(texts, mark), np.zeros(len(texts), np.int8))
    mantissa, decimals = np.zeros((2, len(texts)), np.int64)
    status, currency = np.zeros(len(texts), np.int8), [None] * len(texts)
    mantissa[plain], decimals[plain] = _read_plain(texts.filter(pa.array(plain)), mark)
    for index in np.flatnonzero(~plain):
        mantissa[index], decimals[index], status[index], currency[index] = read_one(texts[int(index)].as_py(), mark)
    return Numbers(mantissa, decimals, status, currency if any(currency) else None)


def _read_plain(texts, mark):
    point = np.asarray(pc.find_substring(texts, mark)).astype(np.int64)
    length = np.asarray(pc.binary_length(texts)).astype(np.int64)
    mantissa = np.asarray(pc.cast(pc.replace_substring(texts, mark, ""), pa.int64()))
    return mantissa, np.where(point < 0, 0, length - point - 1)


def read_one(text, mark="."):
    """Read one text.

    Returns
    -------
    tuple of (int, int, int, str or None)
        Mantissa, decimals, status and the currency its sign names.

    Examples
    --------
    >>> read_one("(£1,234.50)"), read_one("1.234,5 €", ",")
    ((-123450, 2, 0, 'GBP'), (12345, 1, 0, 'EUR'))
    """
    if len(text) > _LONGEST:
        return 0, 0, UNREADABLE, None
    text = _GROUP.sub("", text)
    negative = text.startswith("(") and text.endswith(")")
    if negative:
        text = text[1:-1]
    word = text.lower().lstrip("+-−")
    if word == "nan":
        return 0, 0, NOT_A_NUMBER, None
    if word in ("inf", "infinity", "∞"):
        return 0, 0, INFINITE, None
    shape = _SHAPE.fullmatch(text)
    if shape is None or not _NUMBER[mark].fullmatch(shape["digits"].lower()):
        return 0, 0, UNREADABLE, None
    signs = [sign for sign in (shape["minus"], shape["inner"], shape["trailing"]) if sign]
    names = {_WORDS[name.lower()] for name in (shape["before"], shape["after"], shape["last"]) if name}
    if len(signs) + negative > 1 or len(names) > 1:
        return 0, 0, UNREADABLE, None
    digits = shape["digits"].replace("," if mark == "." else ".", "").replace(mark, ".")
    value = _CONTEXT.create_decimal(digits)
    currency = names.pop() if names else None
    if value > VALUE_LIMIT:
        return 0, 0, TOO_LARGE, currency
    if value.as_tuple().exponent < -DIGITS:
        value = value.quantize(Decimal(1).scaleb(-DIGITS), context=_WIDE)
    decimals = max(-value.as_tuple().exponent, 0)
    mantissa = int(value.scaleb(decimals))
    return -mantissa if negative or (signs and signs[0] != "+") else mantissa, decimals, READ, currency
