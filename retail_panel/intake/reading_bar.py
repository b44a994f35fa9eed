"""A progress bar for reading and loading, on a terminal only."""

import sys
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def reading_bar():
    """Show a bar on standard error while a source is read.

    Returns
    -------
    callable
        ``progress(rows_done, share_or_None, phase_text)``, as intake calls it.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("reading", total=None, rows=0)

        def progress(rows, share, phase):
            bar.update(task, total=None if share is None else 1.0, completed=share or 0.0, description=phase, rows=rows)

        yield progress
