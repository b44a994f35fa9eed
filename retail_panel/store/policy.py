"""Row policies: who may see which rows, enforced where the store is asked."""

from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

RESTRICTED = ("order_line", "stock", "feedback", "quarantine")


@dataclass(frozen=True)
class RowPolicy:
    """The rows one visitor may see.

    Parameters
    ----------
    allowed : tuple of (str, tuple of str)
        Column and the values of it that may be seen, such as ``(("channel", ("Online",)),)``. All conditions hold at
        once; no condition means every row. A table without one of the columns shows nothing.
    """

    allowed: tuple = field(default=())

    def restrict(self, sql, dialect, columns):
        """Rewrite a query so that it reads permitted rows only.

        Parameters
        ----------
        sql : str
            One SELECT statement.
        dialect : str
            sqlglot dialect of the statement.
        columns : dict of str to collection of str
            Columns of each restricted table.

        Returns
        -------
        str
            The statement with each restricted table replaced by the permitted part of it.
        """
        if not self.allowed:
            return sql
        tree = sqlglot.parse_one(sql, read=dialect)
        for table in list(tree.find_all(exp.Table)):
            if table.name not in RESTRICTED or table.db == "scratch":
                continue
            part = exp.select("*").from_(exp.to_table(table.name)).where(self._condition(columns[table.name]))
            table.replace(part.subquery(table.alias_or_name))
        return tree.sql(dialect=dialect)

    def _condition(self, columns):
        if any(column not in columns for column, _ in self.allowed):
            return exp.false()
        conditions = (exp.column(c).isin(*values) if values else exp.false() for c, values in self.allowed)
        return exp.and_(*conditions)


EVERYTHING = RowPolicy()
