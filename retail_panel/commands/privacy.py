"""Tell one customer what is held of them, or erase it."""

import json
import sys

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.portal.gate import gate
from retail_panel.portal.keys import derived
from retail_panel.settings import load_settings
from retail_panel.store import Store
from retail_panel.store.privacy import erased, told

HELP = "export or erase one customer on request"


def arguments(parser):
    """Add the options of this command."""
    what = "export (all rows, as JSON) or erase (for good)"
    parser.add_argument("what", metavar="WHAT", choices=("export", "erase"), help=what)
    parser.add_argument("customer", metavar="CUSTOMER", help="the customer's whole id, as the source has it")
    parser.add_argument("--store", metavar="URL", help="where rows live, such as duckdb:///name.duckdb")
    parser.add_argument("--portal", metavar="FILE", help="portal file, so that the audit names the right pseudonym")


def run(options):
    """Do it, and write it into the audit under the customer's pseudonym.

    Raises
    ------
    UnusableInput
        If no store on disk is named, or it holds nothing of the customer.
    RetailPanelError
        If another process has the store open, such as one that serves: only one may write.
    """
    settings = load_settings(store=options.store, portal=options.portal)
    if settings.store == "duckdb://":
        raise UnusableInput("--store duckdb://: a store in memory ends with its process; allowed: duckdb:///name.duckdb")
    try:
        store = Store(settings.store)
    except RetailPanelError as error:
        raise RetailPanelError(
            f"{error}. Only one process may open the store: stop the server, run this again, then start it"
        ) from error
    try:
        portal = gate(settings.portal).portal
        if portal is not None:
            store.pseudonyms.use(derived(portal.secret, "pseudonyms"))
        _answer(store, options.what, options.customer)
    finally:
        store.close()


def _answer(store, what, customer):
    found = told(store, customer)
    if not any(found.values()):
        raise UnusableInput(f"{customer!r}: the store holds nothing of this customer; allowed: the whole id, as it is")
    counts = {name: len(rows) for name, rows in found.items()}
    if what == "export":
        json.dump(found, sys.stdout, indent=1, default=str)
        print()
    else:
        counts = erased(store, customer)
        store.engine.run("CHECKPOINT")
        print(f"Erased: {', '.join(f'{count} {name}' for name, count in counts.items() if count)}")
        print("Files and topics that the rows came from still hold them: loading one again brings the customer back.")
    done = {"export": "exported a customer", "erase": "erased a customer"}[what]
    store.add_audit_now("command line", done, {"customer": store.pseudonyms.of(customer), **counts})
