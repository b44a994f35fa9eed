"""From the groups of a person to role, rights and rows, as a file says."""

from dataclasses import dataclass, field, replace

from retail_panel.errors import UnusableInput
from retail_panel.portal.person import RIGHTS, ROLES, Person, Refused
from retail_panel.schema import ORDER_LINE, TEXT
from retail_panel.store import EVERYTHING, RowPolicy
from retail_panel.store.retention import GIVEN_UP

#: Columns of order lines that a row policy may name: texts that many lines share.
COLUMNS = tuple(c.name for c in ORDER_LINE if c.type == TEXT and c.name not in ("order_id", "customer_id"))
#: Rights of a role where the file says nothing else.
USUAL = {"viewer": (), "analyst": ("export",), "admin": ("see_customers", "export", "admin")}


@dataclass(frozen=True)
class Roles:
    """Who may what.

    Attributes
    ----------
    roles : dict of str to str
        Group to role.
    rights : dict of str to tuple of str
        Role to rights.
    policies : dict of str to RowPolicy
        Group to the rows that its members may see.
    min_customers : int
        Viewers are told of no group of fewer customers.
    """

    roles: dict = field(default_factory=dict)
    rights: dict = field(default_factory=lambda: dict(USUAL))
    policies: dict = field(default_factory=dict)
    min_customers: int = 5

    @classmethod
    def read(cls, entries):
        """Read ``[roles]``, ``[rights]``, ``[[policies]]`` and ``min_customers``.

        Parameters
        ----------
        entries : Entries
            The top of the file.
        """
        least = entries.take("min_customers", int, "a whole number from 0", 5, lambda number: number >= 0)
        return cls(_roles(entries.table("roles")), _rights(entries.table("rights")), _policies(entries), least)

    def person(self, name, groups):
        """Return the person of a name and some groups.

        The highest role of the groups counts. Rows of several groups add up: a row may be seen if any of the groups may
        see it.

        Raises
        ------
        Refused
            If no group has a role, or none has rows: who is not named here sees nothing.
        """
        found = [self.roles[group] for group in groups if group in self.roles]
        if not found:
            raise Refused(f"{name} has no role here: none of their groups is named under [roles]")
        rows = [self.policies[group] for group in sorted(groups) if group in self.policies]
        if not rows:
            raise Refused(f"{name} may see no rows: none of their groups is named under [[policies]]")
        role = max(found, key=ROLES.index)
        least = self.min_customers if role == "viewer" else 0
        rights = frozenset(self.rights[role])
        policy = replace(RowPolicy.any_of(rows), masked="see_customers" not in rights)
        return Person(name, role, policy, rights, least)

    def check_rolled_up(self):
        """Raise where somebody's rows are told by what lines do not tell any more once their days are rolled up.

        Raises
        ------
        UnusableInput
            Naming the group and the column.
        """
        for group, policy in self.policies.items():
            for column in GIVEN_UP:
                if any(column == name for way in policy.ways for name, _ in way):
                    left = ", ".join(name for name in COLUMNS if name not in GIVEN_UP)
                    raise UnusableInput(
                        f"keep_lines: the rows of group {group!r} are told by {column}, which old days do not keep; "
                        f"allowed: {left}, or no keep_lines"
                    )


def _roles(table):
    found = dict(table.items())
    for group, role in found.items():
        if role not in ROLES:
            raise table.fault(group, role, ", ".join(ROLES))
    return found


def _rights(table):
    found = {role: table.texts(role, list(USUAL[role])) for role in ROLES}
    for role, rights in found.items():
        for right in rights:
            if right not in RIGHTS:
                raise table.fault(role, right, ", ".join(sorted(RIGHTS)))
    table.done()
    return found


def _policies(entries):
    found = {}
    for each in entries.tables("policies"):
        group = each.take("group", str, "the name of a group")
        rows = each.take("rows", (str, dict), 'a table such as { channel = ["Online"] }, or "all"')
        each.done()
        if group in found:
            raise each.fault("group", group, "each group once")
        if isinstance(rows, str):
            if rows != "all":
                raise each.fault("rows", rows, 'a table such as { channel = ["Online"] }, or "all"')
            found[group] = EVERYTHING
        else:
            found[group] = _rows(each, rows)
    return found


def _rows(each, rows):
    if not rows:
        raise each.fault("rows", rows, f'at least one of {", ".join(COLUMNS)}, or "all"')
    for column, values in rows.items():
        if column not in COLUMNS:
            raise each.fault("rows", column, f"columns {', '.join(COLUMNS)}")
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise each.fault(f"rows.{column}", values, "a list of texts")
    return RowPolicy(tuple((column, tuple(sorted(values))) for column, values in sorted(rows.items())))
