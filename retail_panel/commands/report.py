"""``retail-panel report``: a view of a file as one HTML file."""

import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qsl

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from retail_panel.commands.check import mapping_arguments, mapping_of
from retail_panel.errors import UnusableInput
from retail_panel.settings import load_settings

HELP = "Write a report as one HTML file, which opens without a network and prints to A4."
MARKED = ("guests", "returns", "duplicates", "zero-price", "adjustments", "outliers")


def arguments(parser):
    """Add the command's options."""
    parser.add_argument("source", nargs="?", metavar="FILE", help="file, folder or database URL (default: the demo)")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT.html", help="file to write")
    parser.add_argument("--query", default="", metavar="QUERY", help="scope, selection and choices, as what follows "
                        "the question mark in a link of the workbench")  # fmt: skip
    parser.add_argument("--pages", metavar="NAME,...", help="pages to report on, such as overview,behaviour (default: "
                        "all)")  # fmt: skip
    parser.add_argument("--exclude", metavar="MARK,...", help=f"leave out marked lines: {', '.join(MARKED)}")
    parser.add_argument("--since", metavar="YYYY-MM-DD", help="first day (default: that of the first line)")
    parser.add_argument("--until", metavar="YYYY-MM-DD", help="day after the last (default: to the last line)")
    parser.add_argument("--currency", metavar="ISO", help="currency of lines that name none (default GBP); where lines "
                        "are in several, the one to count")  # fmt: skip
    parser.add_argument("--title", metavar="TEXT", help="name at the top of it")
    mapping_arguments(parser)


def run(options, clock=datetime.now):
    """Load the source and write the report.

    Parameters
    ----------
    options : argparse.Namespace
        As :func:`arguments` adds them.
    clock : callable
        Returns the time at which it is made.

    Raises
    ------
    UnusableInput
        If an option or the source cannot be used.
    """
    settings = load_settings(currency=options.currency, title=options.title)
    if not options.out.parent.is_dir():
        raise UnusableInput(f"-o {options.out}: there is no folder {options.out.parent}; allowed: a file in one")
    state = _state(options)
    from retail_panel import demo
    from retail_panel.intake import load
    from retail_panel.intake.reading_bar import reading_bar
    from retail_panel.store import Store

    pages = _pages(options.pages)
    with TemporaryDirectory(prefix="retail-panel-") as folder:
        store = Store(f"duckdb:///{Path(folder) / 'report.duckdb'}")
        try:
            with reading_bar() as progress:
                load(options.source or str(demo.folder()), store, mapping_of(options), progress)
            text = _made(store, state, pages, settings, options.currency, clock())
        finally:
            store.close()
    options.out.write_text(text, encoding="utf-8")
    size = len(text.encode()) / 1e6
    Console(highlight=False, soft_wrap=True).print(f"{options.out}: {size:.1f} MB", markup=False)


def _state(options):
    from retail_panel.report import State

    asked = dict(parse_qsl(options.query.lstrip("?"), keep_blank_values=True))
    if options.since or options.until:
        asked["ordered_at"] = f"{options.since or ''}..{options.until or ''}"
    if options.exclude:
        asked["without"] = ",".join(mark.strip() for mark in options.exclude.split(",") if mark.strip())
    return State.read(asked)


def _pages(names):
    from retail_panel.pages.contents import PAGES

    pages = [page for page in PAGES if page.charts or page.studies]
    known = {page.name: page for page in pages}
    wanted = [name.strip() for name in (names or "").split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise UnusableInput(f"--pages {name!r}: allowed: {', '.join(known)}")
    return [page for page in pages if not wanted or page.name in wanted]


def _made(store, state, pages, settings, currency, made_at):
    from threadpoolctl import threadpool_limits

    from retail_panel.crossfilter.scenes import Scenes
    from retail_panel.report import Report
    from retail_panel.store import Shelf

    currency, policy = _counted(store, currency, settings.currency)
    report = Report(store, Scenes(store, Shelf(), currency), state, pages, settings.title, made_at, currency, policy)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("scope", total=1.0)
        # The engine's own threads keep the cores busy; those of scikit-learn would only wait for them.
        with threadpool_limits(limits=1):
            for step in report.steps():
                step.draw()
                bar.update(task, completed=step.share, description=step.words)
    return report.html()


def _counted(store, wanted, default):
    """Return the currency of the figures, and the rows to count: adding pounds to euros would say nothing."""
    from retail_panel.store import EVERYTHING, RowPolicy

    found = store.ask(store.lines.select("currency").distinct().order_by("currency")).column("currency").to_pylist()
    named = [code for code in found if code is not None]
    if wanted and named and wanted not in named:
        raise UnusableInput(f"--currency {wanted}: the lines are in {', '.join(named)}")
    mixed = len(named) > 1 or (named and None in found and named[0] != default)
    if mixed and not wanted:
        rest = f", and some name none, which is {default}" if None in found else ""
        choose = f"choose the one to count with --currency {named[0]}"
        raise UnusableInput(f"column currency: lines are in {', '.join(named)}{rest}; {choose}")
    currency = wanted or (named or [default])[0]
    return currency, RowPolicy((("currency", (currency,)),)) if len(named) > 1 else EVERYTHING
