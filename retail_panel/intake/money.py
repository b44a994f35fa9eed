"""Money as whole ten-thousandths, exactly: halves are rounded to even, products never pass through a float."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np

from retail_panel.schema import MONEY_SCALE

#: Largest amount that is read, in currency units.
VALUE_LIMIT = 10**12
#: Digits a mantissa may have.
DIGITS = 18
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN, traps=[])


def to_money(mantissa, decimals):
    """Scale to whole ten-thousandths, halves to even.

    Parameters
    ----------
    mantissa, decimals : arrays of int64
        value = mantissa / 10 ** decimals, at most a million million times a million in size.

    Returns
    -------
    ndarray of int64
    """
    places = len(str(MONEY_SCALE)) - 1
    scaled = mantissa * 10 ** np.clip(places - decimals, 0, places)
    cut = np.flatnonzero(decimals > places)
    if cut.size:
        power = 10 ** np.minimum(decimals[cut] - places, DIGITS)
        quotient, rest = np.divmod(mantissa[cut], power)
        half = power // 2
        up = (rest > half) | ((rest == half) & (quotient % 2 == 1))
        scaled[cut] = np.where(decimals[cut] - places > DIGITS, 0, quotient + up)
    return scaled


def product_as_money(left, right):
    """Multiply two columns of :class:`Numbers` and return (int64 ten-thousandths, bool: too large)."""
    size = np.abs(left.as_float() * right.as_float())
    large = size > VALUE_LIMIT
    decimals = left.decimals + right.decimals
    wide = np.abs(left.mantissa.astype(float) * right.mantissa) >= 9e18
    mantissa = np.where(large | wide, 0, left.mantissa) * right.mantissa
    money = to_money(mantissa, np.where(large | wide, 0, decimals))
    for index in np.flatnonzero(wide & ~large):
        exact = Decimal(int(left.mantissa[index]) * int(right.mantissa[index]) * MONEY_SCALE)
        money[index] = int(exact.scaleb(-int(decimals[index]), _WIDE).quantize(Decimal(1), context=_WIDE))
    return money, large
