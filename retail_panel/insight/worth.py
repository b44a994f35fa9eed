"""Worth: what an action would bring if it changed what its table assumes."""

from dataclasses import dataclass

from retail_panel.errors import UnusableInput
from retail_panel.formats import format_value
from retail_panel.insight.actions import actions_for
from retail_panel.insight.interval import mean_interval
from retail_panel.schema import MONEY_SCALE

YEAR_DAYS = 365
_RAISED = {"frequency": "the purchase frequency", "retention": "the retention"}


@dataclass(frozen=True)
class Worth:
    """What one action for one group is worth.

    Attributes
    ----------
    group : object
        The value in the column that customers were grouped by.
    action : Action
        With its group's name, and the change assumed.
    customers : int
        Customers in the group.
    horizon_days : int
        Days that the figures are for.
    value, value_low, value_high : float
        Net sales of a customer in so many days at the group's present rate, in currency units, and its 95 % interval;
        the ends are None for a single customer.
    gain, gain_low, gain_high : float
        customers x change x value, and the same at the ends of the interval.
    cost : float or None
        Of contacting each customer once; None where the action names none.
    net_gain : float or None
        ``gain`` less ``cost``.
    assumption : str
        What the figures rest on, in plain English.
    """

    group: object
    action: object
    customers: int
    horizon_days: int
    value: float
    value_low: float | None
    value_high: float | None
    gain: float
    gain_low: float | None
    gain_high: float | None
    cost: float | None
    net_gain: float | None
    assumption: str


def worth_of_actions(ask, scored, actions, names, span_days, by="segment", horizon_days=YEAR_DAYS, currency="GBP"):
    """Work out what the actions for each group are worth.

    Parameters
    ----------
    ask : callable
        Takes an ibis question, returns a pyarrow.Table.
    scored : ibis.Table
        Scored customers, one row a customer: ``net_sales`` (ten-thousandths of the currency unit) and the column
        ``by``.
    actions : sequence of Action
        As :func:`retail_panel.insight.actions.load_actions` returns.
    names : dict or sequence of str
        Name of each group, which actions are found by.
    span_days : int
        Days that ``net_sales`` is from: first to last day in scope, both counted.
    by : str
        ``segment`` or ``cluster``.
    horizon_days : int
        Days to say the worth for.
    currency : str
        ISO 4217 code.

    Returns
    -------
    tuple of Worth
        Greatest gain first, then by group and action. Groups without customers or actions have none.
    """
    found = [
        worth(group, action, value, span_days, horizon_days, currency)
        for group, value in value_per_customer(ask, scored, by).items()
        for action in actions_for(actions, names[group])
    ]
    return tuple(sorted(found, key=lambda w: (-w.gain, w.group, w.action.action)))


def value_per_customer(ask, scored, by="segment"):
    """Return net sales a customer in the span of ``scored``, by group: dict of group to Estimate, currency units."""
    net = scored.net_sales.cast("float64") / MONEY_SCALE
    question = scored.aggregate(
        by={"group": scored[by]}, customers=scored.count(), mean=net.mean(), variance=net.var(how="sample")
    )
    rows = sorted(ask(question).to_pylist(), key=lambda row: row["group"])
    return {row["group"]: mean_interval(row["customers"], row["mean"], row["variance"]) for row in rows}


def worth(group, action, value, span_days, horizon_days=YEAR_DAYS, currency="GBP"):
    """Work out what one action is worth.

    Parameters
    ----------
    group : object
        Kept in the answer.
    action : Action
        What is done, and the change it is assumed to make.
    value : Estimate
        Net sales a customer of the group in ``span_days``, ``n`` its customers.
    span_days, horizon_days, currency
        As in :func:`worth_of_actions`.

    Returns
    -------
    Worth

    Raises
    ------
    UnusableInput
        If a number of days is not positive.

    Source
    ------
    Our definition: customers x expected change x value a customer. The rate of sales is that of the whole span, also
    for customers who stayed away lately, since it is what there is to win back.
    """
    for name, days in (("span_days", span_days), ("horizon_days", horizon_days)):
        if not days > 0:
            raise UnusableInput(f"{name} {days!r}; allowed: 1 day or more")
    scale, change = horizon_days / span_days, action.change_percent / 100
    each, low, high = (None if end is None else end * scale for end in (value.value, value.low, value.high))
    gain, gain_low, gain_high = (None if end is None else value.n * change * end for end in (each, low, high))
    cost = None if action.cost_per_contact is None else value.n * action.cost_per_contact
    net_gain = None if cost is None else gain - cost
    found = Worth(
        group, action, value.n, horizon_days, each, low, high, gain, gain_low, gain_high, cost, net_gain, ""
    )
    return Worth(**{**vars(found), "assumption": _sentence(found, span_days, currency)})


def _sentence(worth, span_days, currency):
    def money(figure):
        return format_value(figure, "money", currency)

    def between(low, high):
        return "no interval from one customer" if low is None else f"95% interval {money(low)} to {money(high)}"

    action, heads = worth.action, format_value(worth.customers, "count")
    days, span = (format_value(number, "days") for number in (worth.horizon_days, span_days))
    who = f"the {heads} customers of {action.group}" if worth.customers != 1 else f"the one customer of {action.group}"
    text = (
        f"If {action.action} raised {_RAISED[action.lever]} of {who}, and with it their sales, by"
        f" {action.change_percent:g}%, it would bring {money(worth.gain)} in {days}"
        f" ({between(worth.gain_low, worth.gain_high)}): a customer is worth {money(worth.value)} in {days} at the net"
        f" sales of the {span} in scope. The {action.change_percent:g}% is an assumption, and the interval does not"
        " cover it."
    )
    if worth.horizon_days > span_days:
        text += f" {span.capitalize()} are stretched to {days}, as if every season were alike."
    if worth.cost is not None:
        left = money(worth.net_gain)
        text += f" Contacting each once costs {money(worth.cost)}, which leaves {left}."
    return text
