"""Customers in cells: what K-means runs on, so that its cost does not grow with the number of customers."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from retail_panel.customers.rfm import whole_sum
from retail_panel.customers.scores import MEASURES
from retail_panel.schema import MONEY_SCALE

#: Up to this many distinct (R, F, M) triples each is a cell of its own, and clusters equal those of the raw rows.
EXACT_CELLS = 10_000
#: Above it a cell is this share of a standard deviation wide in each log-scaled direction.
CELL_WIDTH = 1 / 8
KEYS = ("cell_r", "cell_f", "cell_m")


@dataclass(frozen=True)
class Cells:
    """Groups of customers with nearly equal R, F and M.

    Parameters
    ----------
    keys : pyarrow.Table
        One row per cell: ``cell_r``, ``cell_f``, ``cell_m`` int64, which a customer's row is joined on.
    means : numpy.ndarray, shape (cells, 3)
        Mean recency (days), frequency, and monetary value (ten-thousandths of the currency unit) in the cell.
    customers : numpy.ndarray of int64, shape (cells,)
        Customers in the cell.
    """

    keys: pa.Table
    means: np.ndarray
    customers: np.ndarray

    @classmethod
    def from_answer(cls, answer):
        """Make cells from the answer to :func:`cells_question`."""
        customers = answer["customers"].to_numpy().astype(np.int64)
        sums = np.column_stack([answer[measure].to_numpy().astype(float) for measure in MEASURES])
        return cls(answer.select(KEYS), sums / customers[:, None], customers)

    def equals(self, other):
        """Whether others hold as many customers with the same R, F and M, in the same order."""
        pairs = ((self.means, other.means), (self.customers, other.customers)) if other is not None else ()
        return bool(pairs) and all(np.array_equal(own, theirs) for own, theirs in pairs)


def log_scaled(means):
    """Return R, F and M on the scale that clusters are found on.

    Parameters
    ----------
    means : array_like, shape (n, 3)
        Recency in days, frequency, monetary value in ten-thousandths of the currency unit.

    Returns
    -------
    numpy.ndarray, shape (n, 3)
        log(1 + R), log(1 + F), and sign(M) log(1 + abs(M)) with M in currency units: a logarithm that, like the inverse
        hyperbolic sine, goes through zero and on to negative values, since returns may outweigh purchases.
    """
    recency, frequency, monetary = np.asarray(means, dtype=float).T
    money = monetary / MONEY_SCALE
    return np.column_stack([np.log1p(recency), np.log1p(frequency), np.sign(money) * np.log1p(np.abs(money))])


def log_columns(rfm):
    """Return :func:`log_scaled` as three Ibis columns of a table with one row per customer."""
    money = rfm.monetary.cast("float64") / MONEY_SCALE
    return (rfm.recency_days + 1.0).ln(), (rfm.frequency + 1.0).ln(), money.sign() * (money.abs() + 1.0).ln()


def widths_of(deviations):
    """Return how wide cells are on the log scale, rounded so that they stay as rows arrive.

    Parameters
    ----------
    deviations : iterable of float
        Standard deviations of the three log-scaled columns.
    """
    return tuple(float(f"{deviation * CELL_WIDTH:.2g}") or 1.0 for deviation in deviations)


def key_columns(rfm, widths=None):
    """Return the columns that name a customer's cell.

    Parameters
    ----------
    rfm : ibis.Table
        One row per customer: ``recency_days``, ``frequency``, ``monetary``.
    widths : sequence of float, optional
        As :func:`widths_of` returns them; None makes each distinct triple a cell.

    Returns
    -------
    dict of str to ibis int64 column
        ``cell_r``, ``cell_f``, ``cell_m``.
    """
    if widths is None:
        return {key: rfm[measure].cast("int64") for key, measure in zip(KEYS, MEASURES, strict=True)}
    scaled = zip(KEYS, log_columns(rfm), widths, strict=True)
    return {key: (column / width).floor().cast("int64") for key, column, width in scaled}


def cells_question(keyed):
    """Ask for the cells.

    Parameters
    ----------
    keyed : ibis.Table
        One row per customer: ``recency_days``, ``frequency``, ``monetary`` and the columns of :func:`key_columns`.

    Returns
    -------
    ibis.Table
        One row per cell, in the order of its keys: the keys, ``customers``, and the sums of ``recency_days``,
        ``frequency`` and ``monetary`` in it, all int64 and so equal on every engine.
    """
    sums = {measure: whole_sum(keyed[measure]) for measure in MEASURES}
    return keyed.group_by(KEYS).aggregate(customers=keyed.count(), **sums).order_by(KEYS)
