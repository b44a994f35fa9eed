"""Row policies: who may see which rows, enforced where the store is asked."""

from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from retail_panel.errors import RetailPanelError

RESTRICTED = ("order_line", "stock", "feedback", "quarantine")
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
            The statement with each restricted table replaced by the permitted part of it, and the customers by those
            of permitted order lines.

        Raises
        ------
        RetailPanelError
            If it is not one SELECT, or reads anything but these tables, the customers and scratch tables.
        """
        if not self.allowed:
            return sql
        trees = sqlglot.parse(sql, read=dialect)
        if len(trees) != 1 or not isinstance(trees[0], exp.Query):
            raise RetailPanelError("under a row policy the store answers one SELECT at a time, and nothing else")
        named = {cte.alias.lower() for cte in trees[0].find_all(exp.CTE)}
        for table in list(trees[0].find_all(exp.Table)):
            name, place = table.name.lower(), (table.catalog or table.db).lower()
            plain = isinstance(table.this, exp.Identifier)
            if plain and (place == "scratch" or (name in named and not place and name not in columns)):
                continue
            if not plain or name not in (*RESTRICTED, "customer"):
                raise RetailPanelError(f"under a row policy the store does not read {table.sql(dialect)}")
            part = self._permitted(name, columns).subquery(table.alias_or_name)
            for key in _HANGING:
                part.set(key, table.args.get(key))
            if isinstance(table.args.get("alias"), exp.TableAlias):
                part.set("alias", table.args["alias"])
            table.replace(part)
        return trees[0].sql(dialect=dialect)

    def _permitted(self, name, columns):
        whole = exp.select("*").from_(exp.table_(name, quoted=True))
        if name != "customer":
            return whole.where(self._condition(columns[name]))
        theirs = exp.select("customer_key").from_(exp.table_("order_line", quoted=True))
        return whole.where(exp.column("customer_key").isin(query=theirs.where(self._condition(columns["order_line"]))))

    def _condition(self, columns):
        if any(column not in columns for column, _ in self.allowed):
            return exp.false()
        conditions = (exp.column(c).isin(*values) if values else exp.false() for c, values in self.allowed)
        return exp.and_(*conditions)


EVERYTHING = RowPolicy()
