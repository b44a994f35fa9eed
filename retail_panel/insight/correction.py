"""Correction for many comparisons: whoever tests twenty differences finds one by chance."""

import numpy as np
from scipy.stats import false_discovery_control

#: Share of chance finds among all that is called a find.
Q = 0.05


def adjusted(p_values):
    """Return p values adjusted by Benjamini and Hochberg; those at most ``Q`` are finds.

    Parameters
    ----------
    p_values : sequence of float or None
        Of everything that was compared; None where nothing could be tested.

    Returns
    -------
    list of float or None
        In the same order.

    Source
    ------
    Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995).

    Examples
    --------
    >>> adjusted([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    tested = [p for p in p_values if p is not None]
    if not tested:
        return list(p_values)
    found = iter(false_discovery_control(np.array(tested)).tolist())
    return [None if p is None else next(found) for p in p_values]
