"""What a load or a rewriting changed in the mirror, on its way to the server."""

from retail_panel.store.copying import BLOCK_ROWS, copied_in
from retail_panel.store.load import FORGET_EVERY
from retail_panel.store.postgres import columns
from retail_panel.store.tables import TABLES

#: Tables whose rows name the version that brought them and are never changed by a later load.
BY_VERSION = ("order_line", "stock", "feedback", "quarantine", "recent_line", "commit_log")
#: Customers whose first day is one of this version's, and so perhaps new; on the server only those that differ change.
FIRST_DAYS = """SELECT customer_key, first_day FROM customer JOIN (
        SELECT customer_key, min(ordered_at)::DATE AS day FROM order_line
        WHERE version = {version} AND NOT is_return AND customer_key < {first_new} GROUP BY 1) AS came
    USING (customer_key) WHERE first_day = day"""
CAME = "CREATE TEMP TABLE IF NOT EXISTS came (customer_key integer, first_day date) ON COMMIT DELETE ROWS"
CHANGE = """UPDATE customer SET first_day = came.first_day, version = %s FROM came
    WHERE customer.customer_key = came.customer_key AND customer.first_day IS DISTINCT FROM came.first_day"""


def send_load(engine, connection, version, first_new):
    """Send what the load of a version brought; on both sides amid a transaction.

    Parameters
    ----------
    engine : DuckDB
        The mirror's.
    connection : psycopg.Connection
    version : int
    first_new : int
        Customers with this key or a higher one are new.
    """
    new = f"SELECT *, {version} AS version FROM customer WHERE customer_key >= {first_new}"
    copied_in(connection, "customer", columns("customer"), _batches(engine, new))
    older = engine.fetch(FIRST_DAYS.format(version=version, first_new=first_new))
    if older.num_rows:
        connection.execute(CAME)
        copied_in(connection, "came", older.column_names, older.to_batches())
        connection.execute(CHANGE, [version])
    for name in BY_VERSION:
        batches = _batches(engine, f"SELECT * FROM {name} WHERE version = {version}")
        copied_in(connection, name, TABLES[name].names, batches)
    if version % FORGET_EVERY == 0:
        (oldest,) = engine.fetch("SELECT min(version) FROM recent_line").column(0).to_pylist()
        connection.execute("DELETE FROM recent_line WHERE version < %s", [oldest])


def send_whole(engine, connection, names, version):
    """Send tables as the mirror has them, in the place of what the server has; on both sides amid a transaction."""
    for name in names:
        # Not TRUNCATE, after which whoever reads as of a moment before would find an empty table.
        connection.execute(f"DELETE FROM {name}")
        more = f", {version} AS version" if name == "customer" else ""
        copied_in(connection, name, columns(name), _batches(engine, f"SELECT *{more} FROM {name}"))


def _batches(engine, sql):
    return engine.cursor().execute(sql).to_arrow_reader(BLOCK_ROWS)
