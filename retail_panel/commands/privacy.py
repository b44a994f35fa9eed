"""Tell one customer what is held of them, or erase it."""

import json
import sys

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.ops.client import SERVER, posted, token_from
from retail_panel.portal.gate import gate
from retail_panel.portal.keys import derived
from retail_panel.settings import load_settings
from retail_panel.store import open_store
from retail_panel.store.files import file_of
from retail_panel.store.privacy import carried_out
from retail_panel.store.url import is_shared, shown

HELP = "export or erase one customer on request"


def arguments(parser):
    """Add the options of this command."""
    what = "export (all rows, as JSON) or erase (for good)"
    parser.add_argument("what", metavar="WHAT", choices=("export", "erase"), help=what)
    parser.add_argument("customer", metavar="CUSTOMER", help="the customer's whole id, as the source has it")
    parser.add_argument(
        "--store", metavar="URL", help="where rows live, such as duckdb:///name.duckdb or postgresql://user@host/db"
    )
    parser.add_argument("--portal", metavar="FILE", help="portal file, so that the audit names the right pseudonym")
    parser.add_argument(
        "--url", metavar="URL", help=f"of the server that has the store open, and does it (default {SERVER} if one has)"
    )
    parser.add_argument("--token-file", metavar="FILE", help="file with its token (default: setting ops_token_file)")


def run(options):
    """Do it, or have the server do it that has the store open.

    Raises
    ------
    UnusableInput
        If no store on disk is named, or it holds nothing of the customer.
    RetailPanelError
        If another process has the store open, and it is no server that takes the token.
    """
    settings = load_settings(store=options.store, portal=options.portal)
    token_file = options.token_file or settings.ops_token_file
    if options.url:
        return _by_server(options, options.url, token_from(token_file))
    if settings.store == "duckdb://":
        raise UnusableInput("--store duckdb://: a store in memory ends with its process; allowed: duckdb:///name.duckdb")
    try:
        store = open_store(settings.store)
    except UnusableInput:
        raise
    except RetailPanelError as error:
        if is_shared(settings.store):
            raise
        if not token_file:
            raise RetailPanelError(
                f"{error}. Only one process may open the store: name the token of the server that has it open with "
                "--token-file, so that it does this while it runs; or stop it, run this again, then start it"
            ) from error
        return _by_server(options, SERVER, token_from(token_file), str(file_of(settings.store).resolve()))
    try:
        portal = gate(settings.portal).portal
        if portal is not None:
            store.pseudonyms.use(derived(portal.secret, "pseudonyms"))
        found = carried_out(store, options.what, options.customer, "command line")
    finally:
        store.close()
    return _tell(options.what, found, f"in {shown(settings.store)}")


def _by_server(options, url, token, store=None):
    asked = {"what": options.what, "customer": options.customer, "store": store}
    with posted(url, "privacy", token, json.dumps(asked).encode()) as answer:
        found = json.load(answer)
    if options.what == "export":
        return _tell("export", found["found"], "")
    _tell("erase", found["erased"], f"in {found['store']}, by the server at {url}")
    print(f"Thrown away there: {found['dropped']} views kept in memory, with all that was made of them.")
    if found["left"]:
        print(f"{found['left']} are still on somebody's screen, and go as soon as that page has been redrawn.")
    print("A drawer or a file that somebody has open keeps what it shows.")
    return None


def _tell(what, found, where):
    if what == "export":
        json.dump(found, sys.stdout, indent=1, default=str)
        print()
        return
    print(f"Erased {where}: {', '.join(f'{count} {name}' for name, count in found.items() if count)}")
    print("Files and topics that the rows came from still hold them: loading one again brings the customer back.")
    print("So do backups, and deliveries that the server has taken and not committed yet.")
