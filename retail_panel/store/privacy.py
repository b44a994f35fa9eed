"""One customer's rows: found for them, or taken out for good."""

import json
import re
from urllib.parse import unquote_plus

from retail_panel.errors import UnusableInput
from retail_panel.store.tables import TABLES

#: Tables with rows of the customer's own.
OWN = ("order_line", "feedback")
#: What may be asked for, and what the audit calls it.
REQUESTS = {"export": "exported a customer", "erase": "erased a customer"}
GONE = "(erased on request)"
KEY = "SELECT customer_key FROM customer WHERE customer_id = ?"
#: The id as a word of its own: 12 is not in 123, nor in A12.
NAMES = "regexp_matches({}, '(^|[^[:alnum:]])' || regexp_escape(?) || '($|[^[:alnum:]])')"


def told(store, customer_id):
    """Return all that a store holds of one customer.

    Parameters
    ----------
    store : Store
        Of the process that writes to it, or one of those that do.
    customer_id : str
        The whole id, as the source has it.

    Returns
    -------
    dict of str to list of dict
        Rows by table: the customer, order lines, feedback, rows set aside, saved views, quality reports and records of
        the audit that name the id as a word of its own.
    """
    found = {"customer": _rows(store, "SELECT customer_id, first_day FROM customer WHERE customer_id = ?", customer_id)}
    for name in OWN:
        columns = ", ".join(f'"{c}"' for c in TABLES[name].names if c not in ("customer_key", "order_key", "version"))
        found[name] = _rows(store, f"SELECT {columns} FROM {name} WHERE customer_key = ({KEY})", customer_id)
    found["quarantine"] = _rows(store, f"SELECT * FROM quarantine WHERE {NAMES.format('text')}", customer_id)
    views = _rows(store, "SELECT * FROM saved_view WHERE ? IS NOT NULL", customer_id)
    found["saved_view"] = [view for view in views if _has(unquote_plus(view["query"]), customer_id)]
    reports = f"SELECT version, source, report FROM commit_log WHERE {NAMES.format('report')}"
    found["commit_log"] = _rows(store, reports, customer_id)
    found["audit"] = _rows(store, f"SELECT * FROM audit WHERE {NAMES.format('facts')}", customer_id)
    return found


def erased(store, customer_id):
    """Take one customer out of every table, in one transaction; whatever was made of their rows is made anew.

    Parameters
    ----------
    store, customer_id
        As in :func:`told`.

    Returns
    -------
    dict of str to int
        Rows taken out, by table; of reports and the audit, those in which the id gave way to other words.
    """
    with store.rewriting("privacy") as run:
        found = told(store, customer_id)
        for name in OWN:
            run(f"DELETE FROM {name} WHERE customer_key = ({KEY})", [customer_id])
        run(f"DELETE FROM quarantine WHERE {NAMES.format('text')}", [customer_id])
        for view in found["saved_view"]:
            run("DELETE FROM saved_view WHERE owner = ? AND name = ?", [view["owner"], view["name"]])
        for row in found["commit_log"]:
            report = json.dumps(_without(json.loads(row["report"]), customer_id))
            run("UPDATE commit_log SET report = ? WHERE version = ?", [report, row["version"]])
        for row in found["audit"]:
            facts = json.dumps(_without(json.loads(row["facts"]), customer_id))
            run("UPDATE audit SET facts = ? WHERE moment = ? AND facts = ?", [facts, row["moment"], row["facts"]])
        run("DELETE FROM customer WHERE customer_id = ?", [customer_id])
    return {name: len(rows) for name, rows in found.items()}


def carried_out(store, what, customer_id, who):
    """Carry out a request, and write it into the audit under the customer's pseudonym.

    Parameters
    ----------
    store, customer_id
        As in :func:`told`.
    what : str
        One of :data:`REQUESTS`.
    who : str
        Who asked, for the audit.

    Returns
    -------
    dict
        As :func:`told` or :func:`erased` return.

    Raises
    ------
    UnusableInput
        If the store holds nothing of the customer.
    """
    store.refresh()
    found = told(store, customer_id)
    if not any(found.values()):
        why = "the store holds nothing of this customer"
        raise UnusableInput(f"{customer_id!r}: {why}; allowed: the whole id, as it is")
    if what == "erase":
        found = erased(store, customer_id)
        store.checkpoint()
    counts = {name: rows if what == "erase" else len(rows) for name, rows in found.items()}
    store.add_audit_now(who, REQUESTS[what], {"customer": store.pseudonyms.of(customer_id), **counts})
    return found


def _has(text, customer_id):
    return re.search(rf"(^|[^a-zA-Z0-9]){re.escape(customer_id)}($|[^a-zA-Z0-9])", text) is not None


def _without(value, customer_id):
    if isinstance(value, dict):
        return {name: _without(part, customer_id) for name, part in value.items()}
    if isinstance(value, list):
        return [_without(part, customer_id) for part in value]
    return GONE if isinstance(value, str) and _has(value, customer_id) else value


def _rows(store, sql, value):
    return store.engine.cursor().execute(sql, [value]).to_arrow_table().to_pylist()
