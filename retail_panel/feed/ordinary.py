"""Which amounts of a feed are ordinary: judged by those in the store, since a feed cannot be looked through first."""

import numpy as np

from retail_panel.intake.outliers import AmountSpread

NEWEST = 1_000_000


def ordinary_amounts(store, deviations=5.0):
    """Return the limits beyond which an amount is marked as outlier, by the rule of files.

    Parameters
    ----------
    store : Store
        Its last million order lines are looked at.
    deviations : float
        Robust standard deviations of the log amount on either side of its median.

    Returns
    -------
    tuple of (int, int) or None
        Lowest and highest ordinary absolute amount in ten-thousandths; None where there are no lines, or they do not
        spread, and then none is marked.
    """
    amounts = store.ask(
        f"SELECT amount FROM order_line WHERE line > (SELECT max(line) FROM order_line) - {NEWEST} AND merged IS NULL"
    ).column("amount")
    spread = AmountSpread()
    spread.add(np.asarray(amounts, np.int64))
    return spread.limits(deviations)
