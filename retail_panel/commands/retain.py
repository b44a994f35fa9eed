"""Roll up old days of a store that nobody has open."""

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.portal.gate import gate
from retail_panel.settings import load_settings
from retail_panel.store import open_store
from retail_panel.store.retention import LEAST_DAYS, carried_out, due
from retail_panel.store.url import is_shared

HELP = "roll up the order lines of old days, so that no total changes"


def arguments(parser):
    """Add the options of this command."""
    parser.add_argument(
        "--store", metavar="URL", help="where rows live, such as duckdb:///name.duckdb or postgresql://user@host/db"
    )
    parser.add_argument(
        "--keep-lines", metavar="DAYS", type=int,
        help=f"days for which lines stay as they came, {LEAST_DAYS} or more (default: setting keep_lines)",
    )  # fmt: skip
    parser.add_argument("--portal", metavar="FILE", help="portal file, whose row policies may not need what goes")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def run(options):
    """Do it, or say what would be done.

    Raises
    ------
    UnusableInput
        If no store on disk or no number of days is named, or a row policy needs what is given up.
    RetailPanelError
        If another process has the store open.
    """
    settings = load_settings(store=options.store, portal=options.portal, keep_lines=options.keep_lines)
    if settings.store == "duckdb://":
        raise UnusableInput("--store duckdb://: a store in memory ends with its process; allowed: duckdb:///name.duckdb")
    if settings.keep_lines is None:
        raise UnusableInput(f"--keep-lines is not given, nor is setting keep_lines; allowed: {LEAST_DAYS} days or more")
    portal = gate(settings.portal).portal
    if portal is not None:
        portal.roles.check_rolled_up()
    try:
        store = open_store(settings.store)
    except UnusableInput:
        raise
    except RetailPanelError as error:
        if is_shared(settings.store):
            raise
        raise RetailPanelError(
            f"{error}. Only one process may open the store: a server that has it open does this by itself every night, "
            "where setting keep_lines says so"
        ) from error
    try:
        if options.dry_run:
            print(due(store, settings.keep_lines).words)
            return
        print(carried_out(store, settings.keep_lines, "command line").words)
    finally:
        store.close()
