"""Retention: lines older than a number of days are rolled up, so that no total changes that can still be asked for.

A rolled-up row stands for the lines of one order, customer and moment that differ in nothing but what is given up: the
product, and the single amounts. All else stays, so that orders, customers, R, F and M, cohorts, hours and every sum by
every other column are those of before, under any filter on what stays.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from retail_panel.errors import UnusableInput
from retail_panel.schema import ORDER_LINE, ROLLED_UP

#: Live pages look back eight weeks, and a day that still changes is not worth rolling up.
LEAST_DAYS = 60
SOURCE = "retention"
GIVEN_UP = ("product", "description")
#: Columns that are added up.
SUMS = ("quantity", "amount", "list_amount")
COST = "coalesce(merged_cost, unit_cost * quantity)"
#: Measures count a line by the sign of its amount, and by whether it has a list value and a cost.
APART = ("amount < 0", "list_amount IS NULL", f"{COST} IS NULL")
SAME = tuple(c.name for c in ORDER_LINE if c.name not in (*GIVEN_UP, *SUMS, "customer_id", "unit_cost"))
#: An order without an id is a line of its own, and has a key of its own.
GRAIN = ", ".join(("order_key", "customer_key", *SAME, *APART))
MERGED = {
    **{name: f"sum({name})::{'DOUBLE' if name == 'quantity' else 'BIGINT'}" for name in SUMS},
    "line": "max(line)",
    # That of the last of them: a scene of that version or a later one holds all of them.
    "version": "max(version)",
    "product": f"CASE WHEN count(product) > 0 THEN '{ROLLED_UP}' END",
    "description": "NULL",
    "unit_cost": "NULL",
    "merged": "sum(coalesce(merged, 1))::INTEGER",
    "merged_cost": f"sum({COST})",
}
#: Days that hold a line as it came; those that were rolled up stay as they are.
DUE = """ordered_at < ? AND ordered_at::DATE IN (
    SELECT DISTINCT ordered_at::DATE FROM order_line WHERE ordered_at < ? AND merged IS NULL)"""


@dataclass(frozen=True)
class RollUp:
    """What a roll-up does, or would do.

    Attributes
    ----------
    before : date
        Lines of earlier days are rolled up.
    days : int
        Days of which any line was not rolled up yet.
    first, last : date or None
        The first and the last of them; None where there are none.
    lines, rows : int
        Their order lines, and the rows they lie in before.
    becomes : int
        The rows they lie in after.
    """

    before: date
    days: int = 0
    first: date | None = None
    last: date | None = None
    lines: int = 0
    rows: int = 0
    becomes: int = 0

    @property
    def words(self):
        """What it does, in English."""
        if not self.days:
            return f"Nothing to roll up: no day before {self.before} holds a line as it came."
        return (
            f"{self.lines:,} order lines of {self.days:,} days, {self.first} to {self.last}: {self.rows:,} rows become "
            f"{self.becomes:,}."
        )


def due(store, keep_days, today=None):
    """Say what :func:`roll_up` would do; changes nothing.

    Parameters
    ----------
    store : Store
    keep_days : int
        Days for which lines stay as they came, :data:`LEAST_DAYS` or more. They are counted back from today, or from
        the last day with a line if that is earlier, so that neither a wrong clock nor a line of a wrong date gives up
        more than was meant.
    today : date, optional
        Default: by the clock of this machine.

    Returns
    -------
    RollUp

    Raises
    ------
    UnusableInput
        If fewer days would be kept than are allowed.
    """
    return _counted(store.engine.cursor().execute, _before(store, keep_days, today))


def roll_up(store, keep_days, today=None):
    """Roll up the days that are due, in one transaction; whatever was made of their rows is made anew.

    Parameters
    ----------
    store, keep_days, today
        As in :func:`due`.

    Returns
    -------
    RollUp
        What was done; the store's version stays where nothing was.

    Raises
    ------
    UnusableInput
        As :func:`due`.
    """
    found = due(store, keep_days, today)
    if not found.days:
        return found
    end = datetime.combine(found.before, time())
    with store.rewriting(SOURCE) as run:
        # Rows may have arrived since.
        found = _counted(run, found.before)
        columns = [row[0] for row in run("SELECT column_name FROM (DESCRIBE order_line)").fetchall()]
        values = ", ".join(f'{MERGED.get(name, name)} AS "{name}"' for name in columns)
        run(f"CREATE TEMP TABLE rolled_up AS SELECT {values} FROM order_line WHERE {DUE} GROUP BY {GRAIN}", [end, end])
        run(f"DELETE FROM order_line WHERE {DUE}", [end, end])
        run("INSERT INTO order_line SELECT * FROM rolled_up ORDER BY ordered_at, line")
        run("DROP TABLE rolled_up")
    return found


def carried_out(store, keep_days, who, today=None):
    """Roll up what is due, have the file hold nothing of it any more, and write it into the audit.

    Parameters
    ----------
    who : str
        Who asked, for the audit.
    store, keep_days, today
        As in :func:`due`.

    Returns
    -------
    RollUp
    """
    found = roll_up(store, keep_days, today)
    if found.days:
        store.checkpoint()
        facts = {name: str(value) if isinstance(value, date) else value for name, value in asdict(found).items()}
        store.add_audit_now(who, "rolled up days", facts)
    return found


def _before(store, keep_days, today):
    if keep_days < LEAST_DAYS:
        raise UnusableInput(f"lines kept for {keep_days} days: allowed: {LEAST_DAYS} or more")
    today = today or datetime.now(UTC).astimezone().date()
    last = store.engine.cursor().execute("SELECT max(ordered_at)::DATE FROM order_line").fetchone()[0]
    return min(today, last or today) - timedelta(days=keep_days - 1)


def _counted(run, before):
    end = datetime.combine(before, time())
    days, first, last, rows, lines = run(
        f"""SELECT count(DISTINCT ordered_at::DATE), min(ordered_at)::DATE, max(ordered_at)::DATE, count(*),
        coalesce(sum(coalesce(merged, 1)), 0)::BIGINT FROM order_line WHERE {DUE}""",
        [end, end],
    ).fetchone()
    (becomes,) = run(
        f"SELECT count(*) FROM (SELECT 1 FROM order_line WHERE {DUE} GROUP BY {GRAIN})", [end, end]
    ).fetchone()
    return RollUp(before, days, first, last, lines, rows, becomes)
