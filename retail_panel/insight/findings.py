"""Findings: what is worth knowing about the lines at hand, strongest first, all tests corrected together."""

from retail_panel.errors import UnusableInput
from retail_panel.insight.column_sums import column_moments, customers_sums, growth_sums
from retail_panel.insight.comparison import compared, judge, p_values
from retail_panel.insight.correction import Q, adjusted
from retail_panel.insight.groups import moments
from retail_panel.insight.overall import customer_findings, findings_of
from retail_panel.insight.period_change import growth_estimate, growth_finding, growth_of, moments_of
from retail_panel.insight.standings import standing_findings

#: Dimensions whose return rates are compared; the tier or segment of a return says little of the goods.
RETURNS_BY = ("channel", "category")


def findings(ask, lines, by, labels=None, returns_by=RETURNS_BY, periods=None, currency="GBP", q=Q,
             columns=None):  # fmt: skip
    """Find what is worth knowing, each with its evidence.

    Parameters
    ----------
    ask : callable
        Answers an Ibis question with a :class:`pyarrow.Table`.
    lines : ibis.Table
        Order lines in scope and selection: ``ordered_at``, ``amount``, ``order_key``, ``is_return``, the columns of
        ``by``, and ``customer_key`` where the source has customers. An order with lines in several groups counts in
        each, with its amount there.
    by : dict of str to str or callable
        Dimension to its column, or to a callable that takes the table and returns one: what average transaction values
        are compared by, such as ``{"tier": "c_tier"}``. Each may have up to 60 values.
    labels : dict of str to sequence or dict, optional
        Dimension to the label of each value found; a dimension that is absent has its values as labels.
    returns_by : collection of str
        Dimensions of ``by`` for which the share of lines returned is compared too.
    periods : tuple, optional
        Two periods, earlier first, each ``(since, until)``, until excluded; without them growth is not spoken of.
    currency : str
        ISO code.
    q : float
        Share of chance finds that is put up with, over everything compared here.
    columns : Columns, optional
        The same lines in memory, with the columns of ``by`` under the names of their dimensions, which is quicker. They
        are read instead, and ``lines`` may be None.

    Returns
    -------
    tuple of Finding
        Strongest first; what is not beyond noise last. At most two a comparison, and at most one that says no
        difference.

    Raises
    ------
    UnusableInput
        If a dimension has more than 60 values, or the periods overlap or run backwards.
    """
    labels = labels or {}
    units = {name: ("transaction", "return") if name in returns_by else ("transaction",) for name in by}
    asked = moments(ask, lines, by, units) if columns is None else column_moments(columns, units)
    inquiries = sorted(asked, key=lambda inquiry: inquiry[1], reverse=True)
    comparisons = [compared(asked[inquiry]) for inquiry in inquiries]
    growth, beside = None, ()
    if periods is not None:
        _check(periods)
        if columns is None:
            growth = growth_estimate(ask, lines, *periods)
        else:
            growth = growth_of(growth_sums(columns, *moments_of(*periods)))
        beside = (growth[1],)
    found = []
    for comparison in judge(comparisons, q, beside):
        found += standing_findings(comparison, labels.get(comparison.name), currency)
    if growth is not None:
        corrected = adjusted([*p_values(comparisons), *beside])[-1]
        found += [growth_finding(growth, *periods, corrected, currency, q)]
    if columns is None:
        found += customer_findings(ask, lines, currency)
    elif len(columns.customers):
        found += findings_of(customers_sums(columns), currency)
    found = [finding for finding in found if finding is not None]
    return tuple(sorted(found, key=lambda finding: (not finding.beyond_noise, -finding.strength, finding.name)))


def _check(periods):
    (since, until), (later_since, later_until) = periods
    if not since < until <= later_since < later_until:
        seen = ", ".join(f"{start} to {end}" for start, end in periods)
        raise UnusableInput(f"periods {seen}: each must end after it starts, the second not before the first ends")
