"""Which amounts are out of the ordinary: a robust rule on the logarithm, in bounded memory."""

import numpy as np

from retail_panel.schema import MONEY_SCALE

#: Width of a bin of the natural logarithm; the limits are exact to half a percent.
BIN = 0.005
_BINS = int(np.log(2.0**63) / BIN) + 2
#: Makes the median absolute deviation of a normal distribution its standard deviation.
_MAD_TO_SIGMA = 1.4826


class AmountSpread:
    """Counts absolute amounts by their logarithm, block by block."""

    def __init__(self):
        self._rows = np.zeros(_BINS, np.int64)

    def add(self, amount):
        """Add amounts, int64 ten-thousandths of any sign; zeros are left out."""
        size = np.abs(amount[amount != 0])
        self._rows += np.bincount((np.log(size) / BIN).astype(np.int64), minlength=_BINS)

    def limits(self, deviations):
        """Return the limits of what is ordinary.

        Parameters
        ----------
        deviations : float
            Robust standard deviations of the log amount on either side of its median.

        Returns
        -------
        tuple of (int, int) or None
            Lowest and highest ordinary absolute amount in ten-thousandths; None where there is no spread to judge by.
        """
        total = self._rows.sum()
        if not total:
            return None
        centre = (np.arange(_BINS) + 0.5) * BIN
        median = centre[np.searchsorted(np.cumsum(self._rows), (total + 1) // 2)]
        distance = np.abs(centre - median)
        order = np.argsort(distance, kind="stable")
        deviation = distance[order][np.searchsorted(np.cumsum(self._rows[order]), (total + 1) // 2)]
        if deviation < BIN / 2:
            return None
        reach = deviations * _MAD_TO_SIGMA * deviation
        return int(np.exp(max(median - reach, 0.0))), int(np.exp(min(median + reach, np.log(2.0**62))))


def rule_in_words(limits, deviations):
    """Say the rule for the report."""
    rule = (
        f"absolute amount more than {deviations:g} robust standard deviations (1.4826 x median absolute deviation) of "
        "its logarithm from the median"
    )
    if limits is None:
        return f"{rule}; amounts do not spread, so none is marked"
    low, high = (limit / MONEY_SCALE for limit in limits)
    return f"{rule}: below {low:,.4f} or above {high:,.2f}"
