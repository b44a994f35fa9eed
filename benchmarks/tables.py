"""How the benchmarks print what they found."""

from rich.console import Console
from rich.table import Table


def milliseconds(value):
    """Return a time in milliseconds as text; None is a dash."""
    if value is None:
        return "-"
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms" if value >= 10 else f"{value:.2f} ms"


def print_table(title, heads, rows):
    """Print a table of texts, the first column to the left."""
    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place == 0 else "right", no_wrap=True, overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    Console(width=max(130, Console().width)).print(table)
