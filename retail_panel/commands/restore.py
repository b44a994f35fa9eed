"""Put a backup in the place of a store."""

from pathlib import Path

from rich.console import Console

from retail_panel.settings import load_settings
from retail_panel.store.files import check_store_file, file_of, put_in_place

HELP = "put a backup in the place of a store, while no server runs on it"


def arguments(parser):
    """Add the options of this command."""
    parser.add_argument("file", metavar="FILE", help="file that `retail-panel backup` wrote")
    parser.add_argument("--store", metavar="URL", help="store to restore to (default: setting store)")
    parser.add_argument("--replace", action="store_true", help="take the place of a store; it is kept beside it")


def run(options):
    """Look at the backup, then put it in place; a feed goes on from the position that the backup holds.

    Raises
    ------
    UnusableInput
        If the file is no backup, or the place is taken and may not be.
    RetailPanelError
        If a server has the store open.
    """
    target = file_of(load_settings(store=options.store).store)
    version, rows = check_store_file(options.file)
    earlier = put_in_place(Path(options.file), target, options.replace)
    kept = f"; what was there is {earlier}" if earlier else ""
    words = f"{target}: version {version:,}, {rows:,} order lines{kept}"
    Console(highlight=False, soft_wrap=True).print(words, markup=False)
