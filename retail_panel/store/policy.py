"""Row policies: who may see which rows, enforced where the store is asked."""

from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from retail_panel.errors import RetailPanelError

RESTRICTED = ("order_line", "stock", "feedback", "quarantine")
#: The scratch table of customers' keys and pseudonyms.
PSEUDONYMS = "pseudonyms"
FIRST_DAY = "CAST(min(ordered_at) FILTER (WHERE NOT is_return) AS DATE) AS first_day"
# What hangs on a table in the tree and stays where its permitted part takes its place.
_HANGING = ("joins", "laterals", "pivots", "sample")


@dataclass(frozen=True)
class RowPolicy:
    """The rows one visitor may see.

    Parameters
    ----------
    allowed : tuple of (str, tuple of str)
        Column and the values of it that may be seen, such as ``(("channel", ("Online",)),)``. All conditions hold at
        once; no condition means every row. A table without one of the columns shows nothing.
    also : tuple of tuples
        Further conditions, each as ``allowed``: a row that meets any of them may be seen too.
    masked : bool
        Whether customers appear under pseudonyms, and the texts of rows that were set aside not at all.
    """

    allowed: tuple = field(default=())
    also: tuple = field(default=())
    masked: bool = False

    @classmethod
    def any_of(cls, policies):
        """Return the policy that permits what any of some policies permits; the same whatever their order."""
        ways = {way for policy in policies for way in policy.ways}
        if () in ways or not ways:
            return EVERYTHING if ways else NOTHING
        first, *others = sorted(ways)
        return cls(first, tuple(others))

    @property
    def ways(self):
        """The conditions any of which a row has to meet."""
        return (self.allowed, *self.also)

    @property
    def has_all_rows(self):
        """Whether it permits every row."""
        return () in self.ways

    def restrict(self, sql, dialect, columns, kept=None):
        """Rewrite a query so that it reads permitted rows only.

        Parameters
        ----------
        sql : str
            One SELECT statement.
        dialect : str
            sqlglot dialect of the statement.
        columns : dict of str to collection of str
            Columns of each restricted table.
        kept : collection of str, optional
            Scratch tables that hold permitted rows only; default: all of them do.

        Returns
        -------
        str
            The statement with each restricted table replaced by the permitted part of it, and the customers by those
            of permitted order lines.

        Raises
        ------
        RetailPanelError
            If it is not one SELECT, or reads anything but these tables, the customers and scratch tables.
        """
        if self._restricts_nothing:
            return sql
        trees = sqlglot.parse(sql, read=dialect)
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            raise RetailPanelError("under a row policy the store answers one SELECT at a time, and nothing else")
        named = {cte.alias.lower() for cte in trees[0].find_all(exp.CTE)}
        for table in list(trees[0].find_all(exp.Table)):
            name, place = table.name.lower(), (table.catalog or table.db).lower()
            plain = isinstance(table.this, exp.Identifier)
            if plain and place == "scratch" and (kept is None or name in kept):
                continue
            if plain and name in named and not place and name not in columns:
                continue
            if not plain or place == "scratch" or name not in (*RESTRICTED, "customer"):
                raise RetailPanelError(f"under a row policy the store does not read {table.sql(dialect)}")
            part = self._permitted(name, columns).subquery(table.alias_or_name)
            for key in _HANGING:
                part.set(key, table.args.get(key))
            if isinstance(table.args.get("alias"), exp.TableAlias):
                part.set("alias", table.args["alias"])
            table.replace(part)
        return trees[0].sql(dialect=dialect)

    def check_kept(self, names, kept):
        """Raise where a scratch table does not hold permitted rows only; ``kept`` as in :meth:`restrict`."""
        for name in () if self._restricts_nothing or kept is None else names:
            if name.lower() not in kept:
                raise RetailPanelError(f"under a row policy the store does not read {name}")

    @property
    def _restricts_nothing(self):
        return self.has_all_rows and not self.masked

    def _permitted(self, name, columns):
        source = exp.table_(name, quoted=True)
        if name == "customer":
            return self._customers(source, columns)
        whole = exp.select("*").from_(source).where(self._condition(columns[name]))
        if name == "quarantine" and self.masked:
            # The row as the source had it names whoever bought.
            return whole.select(exp.Star(**{"replace": [exp.alias_(exp.Literal.string(""), "text")]}), append=False)
        return whole

    def _customers(self, source, columns):
        names = ["customer_key", f"{PSEUDONYMS}.pseudonym AS customer_id" if self.masked else "customer_id"]
        if self.has_all_rows:
            found = exp.select(*names, "first_day").from_(source)
        else:
            lines = exp.select("customer_key", FIRST_DAY).from_(exp.table_("order_line", quoted=True))
            lines = lines.where(self._condition(columns["order_line"])).group_by("customer_key").subquery("permitted")
            # A customer's first day, too, is that of permitted lines: another shop's would tell of rows of others.
            found = exp.select(*names, "permitted.first_day").from_(source).join(lines, using=["customer_key"])
        named = exp.table_(PSEUDONYMS, "main", "scratch")
        return found.join(named, using=["customer_key"]) if self.masked else found

    def _condition(self, columns):
        return exp.or_(*(self._meets(way, columns) for way in self.ways))

    @staticmethod
    def _meets(way, columns):
        if any(column not in columns for column, _ in way):
            return exp.false()
        conditions = (exp.column(c).isin(*values) if values else exp.false() for c, values in way)
        return exp.and_(exp.true(), *conditions)


EVERYTHING = RowPolicy()
#: No row at all.
NOTHING = RowPolicy((("brand", ()),))
