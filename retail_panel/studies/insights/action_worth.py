"""What the recommended actions are worth, if they do what their table assumes."""

import pandas as pd

from retail_panel.crossfilter.clause import Values
from retail_panel.insight.actions import actions_for, load_actions
from retail_panel.insight.worth import value_per_customer, worth
from retail_panel.studies.apart import Groups
from retail_panel.studies.forms.ranking import place_of, ranking
from retail_panel.studies.insights.segment_shares import GROUPED, grouped
from retail_panel.studies.study import Choice, Nothing, Study

MOST = 10
#: Sales of fewer days say nothing about those of a month or a year.
LEAST_DAYS = 28
HORIZONS = {"In a year": "365", "In a quarter": "91", "In a month": "30"}
COLUMNS = {"segment": "Group", "action": "Action", "channel": "Channel", "gain": "Gain", "low": "Gain, low",
           "high": "Gain, high", "change": "Assumed rise of sales", "customers": "Customers",
           "value": "Sales a customer", "cost": "Cost of contact", "net_gain": "Gain less cost",
           "assumption": "Assumption"}  # fmt: skip
MONEY = ("Gain", "Gain, low", "Gain, high", "Sales a customer", "Cost of contact", "Gain less cost")


def _answer(asking):
    by, groups = grouped(asking)
    lines = asking.own_scope_lines
    ends = asking.ask(lines.aggregate(first=lines.ordered_at.min(), last=lines.ordered_at.max())).to_pylist()[0]
    values = value_per_customer(asking.ask, asking.selected_customers, by)
    if not values:
        raise Nothing("No scored customer has a line in the selection. Clear the selection, or widen the scope.")
    days = (ends["last"].date() - ends["first"].date()).days + 1
    if days < LEAST_DAYS:
        held = "1 day" if days == 1 else f"{days} days"
        raise Nothing(f"What an action is worth is told from {LEAST_DAYS} days of sales on; the scope holds {held}. "
                      "Widen the scope.")  # fmt: skip
    names = {group: groups[group].name for group in values}
    return by, names, values, days, int(asking.choices["horizon"])


def worths(answer, actions, currency):
    """Return what each action is worth, greatest gain first.

    Parameters
    ----------
    answer : tuple
        Of the study.
    actions : sequence of Action
        What is recommended.
    currency : str
        ISO code.

    Returns
    -------
    list of Worth
    """
    _, names, values, days, horizon = answer
    found = [
        worth(group, action, value, days, horizon, currency)
        for group, value in values.items() for action in actions_for(actions, names[group])
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.gain, one.group, one.action.action))


def _rows(answer, actions, look):
    rows = [
        (one.action.group, one.action.action, one.action.channel, one.gain, one.gain_low, one.gain_high,
         one.action.change_percent / 100, one.customers, one.value, one.cost, one.net_gain, one.assumption)
        for one in worths(answer, actions(), look.currency)
    ]  # fmt: skip
    rows = pd.DataFrame(rows, columns=list(COLUMNS))
    return rows.astype(dict.fromkeys(("gain", "low", "high", "value", "cost", "net_gain"), float))


def _draw(answer, actions, look):
    rows = _rows(answer, actions, look).head(MOST)
    rows = rows.assign(
        label=[f"{row.action} \u00b7 {row.segment}" for row in rows.itertuples()],
        under=rows.low.fillna(rows.gain), over=rows.high.fillna(rows.gain),
    )  # fmt: skip
    tips = [("", "action"), ("For", "segment"), ("Gain", "gain", "money"), ("95% from", "under", "money"),
            ("to", "over", "money"), ("Customers", "customers", "count"), ("Sales a customer", "value", "money"),
            ("Assumed rise", "change", "share")]  # fmt: skip
    return ranking(rows, "gain", look, "money", look.series[2], tips, ("under", "over"))


def _table(answer, actions, look):
    return _rows(answer, actions, look).rename(columns=COLUMNS)


def _says(answer, actions, look):
    found = worths(answer, actions(), look.currency)
    if not found:
        return "The table of actions has none for the groups that hold customers."
    return found[0].assumption


def worth_study(actions=load_actions):
    """Return the study with the actions that a callable gives at the time of drawing: a user may have edited them."""
    return Study(
        name="action_worth",
        title="What the recommended actions would be worth",
        answer=_answer,
        draw=lambda answer, look: _draw(answer, actions, look),
        table=lambda answer, look: _table(answer, actions, look),
        says=lambda answer, look: _says(answer, actions, look),
        publish=lambda answer, x, y: _publish(answer, actions, y),
        dims=("segment", "cluster"),
        definition="Customers of the group x assumed rise of their sales x net sales a customer at the present rate, "
        "in the time chosen; actions of one group are not to be added up. The thin line is the 95% interval of net "
        "sales a customer; the rise itself is an assumption, which no interval covers: best taken from a test that "
        "leaves part of the group alone. The rate is that of the whole scope, also for customers who stayed away "
        "lately. Customers are those with a line in the selection, their sales those in scope. Our definition: there "
        "is no standard one.",
        needs=("customer_key",),
        groups=Groups(lambda choices: (choices["by"],)),
        choices=(GROUPED, Choice("horizon", "Gain", HORIZONS)),
        units={**dict.fromkeys(MONEY, "money"), "Assumed rise of sales": "share"},
        width=12,
        height=330,
    )  # fmt: skip


def _publish(answer, actions, y):
    found = worths(answer, actions(), "GBP")[:MOST]
    place = place_of(y, len(found))
    return None if place is None else {answer[0]: Values((found[place].action.group,))}


ACTION_WORTH = worth_study()
