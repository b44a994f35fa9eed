"""The schema of a store file: its number, and the steps from an older one to ours."""

from retail_panel.errors import UnusableInput
from retail_panel.store.tables import create_statements

#: The number from which on a row may stand for several order lines.
ROLLED_UP_SINCE = 3
#: For each number but the first: the statements that make a store of that number out of one of the number before.
#: A table that is new needs none, since tables that are missing are made in any case.
STEPS = {
    2: (),
    ROLLED_UP_SINCE: (
        "ALTER TABLE order_line ADD COLUMN IF NOT EXISTS merged INTEGER",
        "ALTER TABLE order_line ADD COLUMN IF NOT EXISTS merged_cost DOUBLE",
    ),
}
NUMBER = "SELECT CASE WHEN count(*) = 0 THEN 1 ELSE max(number) END AS number FROM schema_number"
TABLES_THERE = "SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database()"


def newest():
    """Return the number of the schema that this version writes."""
    return max(STEPS)


def prepare(engine, url):
    """Make a store's tables, or bring those of an older version up to ours; each step is all or nothing.

    Parameters
    ----------
    engine : DuckDB
        As :func:`retail_panel.store.engines.connect` opens it.
    url : str
        Of the store, for the error.

    Raises
    ------
    UnusableInput
        If the store was written by a newer version.
    """
    found = schema_of(engine)
    if found is not None and found > newest():
        raise UnusableInput(
            f"the store {url} has schema {found}, of a newer Retail Panel; allowed: up to {newest()}, so install that "
            "version, or take another store"
        )
    engine.run("CREATE TABLE IF NOT EXISTS schema_number (number INTEGER)")
    for number in range((newest() if found is None else found) + 1, newest() + 1):
        with engine.transaction():
            for statement in STEPS[number]:
                engine.run(statement)
            _note(engine, number)
    for statement in create_statements():
        engine.run(statement)
    if found is None:
        _note(engine, newest())


def schema_of(engine):
    """Return the number of a store's schema, 1 for stores from before there were numbers; None where it is no store."""
    there = {name.as_py() for name in engine.fetch(TABLES_THERE).column(0)}
    if "schema_number" not in there:
        return 1 if "commit_log" in there else None
    return engine.fetch(NUMBER).column(0)[0].as_py()


def _note(engine, number):
    engine.run("DELETE FROM schema_number")
    engine.run(f"INSERT INTO schema_number VALUES ({number})")
