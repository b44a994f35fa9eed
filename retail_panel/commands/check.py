"""``retail-panel check``: the data quality report of a file, before anything is loaded."""

import argparse
import json
from pathlib import Path

from rich.console import Console

HELP = "Read a file, a folder or a table and report on its quality."


def arguments(parser):
    """Add the command's options."""
    parser.add_argument(
        "source",
        metavar="FILE",
        help="CSV (plain or compressed), Parquet, Excel, a folder of these, or a "
        "database URL with #table, such as sqlite:///shop.db#orders",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--quarantine", type=Path, metavar="OUT.csv", help="write the rows that cannot be loaded to a CSV"
    )
    mapping_arguments(parser)


def mapping_arguments(parser):
    """Add the options that say how a source is to be read; the commands that load files share them."""
    group = parser.add_argument_group("how to read it (recognised when left out)")
    group.add_argument("--mapping", type=Path, metavar="FILE", help="mapping file (TOML)")
    group.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="ROLE=NAME",
        type=_pair,
        help="the column of a role, such as ordered_at='Sold on'; an empty name leaves the role out",
    )
    group.add_argument(
        "--constant",
        action="append",
        default=[],
        metavar="ROLE=TEXT",
        type=_pair,
        help="a text for every row, such as brand='Ash & Oak'",
    )
    group.add_argument("--date-format", metavar="FORMAT", help="day-first, month-first or a format such as %%d.%%m.%%Y")
    group.add_argument("--decimal-mark", choices=(".", ","), help="decimal mark of the numbers")
    group.add_argument("--returns", choices=("auto", "negative", "positive"), help="how the source writes returns")
    group.add_argument("--timezone", metavar="NAME", help="zone of the shop, for times with an offset (Europe/London)")
    group.add_argument(
        "--outliers", type=float, metavar="K", help="robust standard deviations beyond which to mark (5)"
    )
    group.add_argument("--encoding", help="text encoding, such as utf-8 or cp1252")
    group.add_argument("--delimiter", help="one character, or tab, or blanks")


def _pair(text):
    role, equals, value = text.partition("=")
    if not equals or not role:
        raise argparse.ArgumentTypeError(f"{text!r}: ROLE=NAME is expected")
    return role, value


def mapping_of(options):
    """Return the :class:`~retail_panel.intake.Mapping` that the options of :func:`mapping_arguments` name."""
    from retail_panel.intake import Mapping

    mapping = Mapping.read(options.mapping) if options.mapping else Mapping()
    names = ("date_format", "decimal_mark", "returns", "timezone", "outliers", "encoding", "delimiter")
    return mapping.with_options(
        columns={**mapping.columns, **dict(options.column)},
        constants={**mapping.constants, **dict(options.constant)},
        **{name: getattr(options, name) for name in names},
    )


def run(options):
    """Read the source and print its report.

    Raises
    ------
    UnusableInput
        It cannot be read, or none of its rows can be loaded.
    """
    from retail_panel.intake import inspect
    from retail_panel.intake.load import refuse_if_nothing
    from retail_panel.intake.quality_tables import quality_tables
    from retail_panel.intake.quarantine_csv import QuarantineCsv
    from retail_panel.intake.reading_bar import reading_bar

    mapping = mapping_of(options)
    with reading_bar() as progress:
        if options.quarantine:
            with QuarantineCsv(options.quarantine) as aside:
                report = inspect(options.source, mapping, progress, aside.add)
        else:
            report = inspect(options.source, mapping, progress)
    if options.json:
        print(json.dumps(report.to_dict(), indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        for table in quality_tables(report.to_dict()):
            console.print(table)
    refuse_if_nothing(report)
