"""``retail-panel demo``: write the demo's files."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

HELP = "Write the demo's files: two invented brands over 24 months, the same on every run."


def arguments(parser):
    """Add the command's options."""
    parser.add_argument("--out", type=Path, default="data", metavar="DIR", help="folder to write to (default: data)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")


def run(options):
    """Write the files and print their rows, sizes and checksums."""
    from retail_panel.demo.files import checksums, make, unpacked

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("demo data")

        def show(done, total, name):
            bar.update(task, completed=done, total=total, description=name)

        files = make(options.out, show)
    records = []
    for path in files:
        packed, content = checksums(path)
        rows = unpacked(path).count(b"\n") - 1
        name = path.relative_to(options.out).as_posix()
        size = path.stat().st_size
        records.append({"name": name, "rows": rows, "bytes": size, "sha256": packed, "content_sha256": content})
    if options.json:
        print(json.dumps({"folder": str(options.out), "files": records}, indent=2))
        return
    table = Table("File", title=f"Demo data in {options.out}", title_justify="left")
    table.add_column("Rows", justify="right")
    table.add_column("Bytes", justify="right")
    table.add_column("SHA-256", overflow="fold")
    for record in records:
        table.add_row(record["name"], f"{record['rows']:,}", f"{record['bytes']:,}", record["sha256"])
    Console(soft_wrap=True).print(table)
