"""What one customer likes: the channel, the category and so on with the most net sales."""

from dataclasses import dataclass

from retail_panel.customers.rfm import whole_sum
from retail_panel.schema import MONEY_SCALE


@dataclass(frozen=True)
class Favourite:
    """The value of a column with the most net sales, then the first in order.

    ``value`` is None, and ``net_sales`` zero, where no line has one; ``tied`` are others with just as much.
    """

    value: object
    net_sales: float
    tied: tuple = ()


def favourite(ask, own, column):
    """Return the favourite among the values of a column.

    Parameters
    ----------
    ask : callable
        Takes a question, returns its answer as :class:`pyarrow.Table`.
    own : ibis.Table
        One customer's order lines.
    column : str
        Column of theirs, text or codes.

    Returns
    -------
    Favourite
    """
    named = own.select(value=own[column], amount=own.amount).filter(lambda t: t.value.notnull())
    sums = named.group_by("value").aggregate(net=whole_sum(named.amount))
    rows = ask(sums.order_by(sums.net.desc(), sums.value)).to_pylist()
    if not rows:
        return Favourite(None, 0.0)
    best = rows[0]
    tied = tuple(row["value"] for row in rows[1:] if row["net"] == best["net"])
    return Favourite(best["value"], best["net"] / MONEY_SCALE, tied)
