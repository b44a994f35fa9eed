"""How a source is to be read: everything that was decided from the whole of it, once, before its rows are cleaned."""

from dataclasses import dataclass, field

from retail_panel.intake.dates import DateReading


@dataclass(frozen=True)
class Plan:
    """What :func:`retail_panel.intake.cleaning.clean` needs to know.

    Parameters
    ----------
    table : str
        ``order_line``, ``stock`` or ``feedback``.
    source : str
        Name for reports.
    columns : tuple of str
        Source columns.
    roles, why : dict of str to str
        Role to source column, and why it was taken for that.
    constants : dict of str to str
        Role to the text of every row.
    layout : str
        Known export, or empty.
    times : dict of str to DateReading
        How each time role is read.
    marks : dict of str to str
        Decimal mark of each number role.
    whole_ids : frozenset of str
        Id roles whose ``17850.0`` means ``17850``.
    invoice_letters : bool
        Order ids beginning with C are cancellations, with A adjustments.
    turn_returns : bool
        The source writes returns as positive amounts.
    limits : tuple of (int, int) or None
        Lowest and highest absolute amount, in ten-thousandths, that is not an outlier.
    outlier_rule : str
        The rule in words.
    carry : tuple of str
        Roles filled only on the first line of an order.
    fill : dict of str to str
        Role whose blanks take another role's value.
    decisions : dict of str to str
        What was decided and from what, for the report.
    """

    table: str
    source: str
    columns: tuple
    roles: dict
    why: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)
    layout: str = ""
    times: dict = field(default_factory=dict)
    marks: dict = field(default_factory=dict)
    whole_ids: frozenset = frozenset()
    invoice_letters: bool = False
    turn_returns: bool = False
    limits: tuple | None = None
    outlier_rule: str = ""
    carry: tuple = ()
    fill: dict = field(default_factory=dict)
    decisions: dict = field(default_factory=dict)

    @property
    def ignored(self):
        """Source columns without a role."""
        return tuple(column for column in self.columns if column not in self.roles.values())

    def reading(self, role):
        """Return how a time role is read."""
        return self.times.get(role, DateReading())
