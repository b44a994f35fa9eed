"""The command line: ``retail-panel`` or ``python -m retail_panel``."""

import argparse
import importlib
import os
import sys

from rich.console import Console

from retail_panel import __version__
from retail_panel.errors import RetailPanelError, UnusableInput

COMMANDS = (
    "serve", "check", "kpis", "segments", "report", "live", "simulate", "demo",
    "backup", "restore", "privacy", "retain", "secret",
)  # fmt: skip


def _parser():
    parser = argparse.ArgumentParser(prog="retail-panel", description="Retail KPIs and RFM customer segmentation.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = importlib.import_module(f"retail_panel.commands.{name}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.arguments(command)
        command.set_defaults(run=module.run)
    return parser


def main(argv=None):
    """Run one command.

    Parameters
    ----------
    argv : list of str, optional
        Arguments without the program's name; default: those of the process.

    Returns
    -------
    int
        Exit status: 0 done, 1 could not, 2 unusable arguments or input.
    """
    options = _parser().parse_args(argv)
    try:
        options.run(options)
    except UnusableInput as error:
        return _fail(error, 2)
    except BrokenPipeError:
        # Whoever read our output, such as head, has enough; nothing more is written, also not at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (RetailPanelError, OSError) as error:
        return _fail(error, 1)
    except KeyboardInterrupt:
        return _fail("stopped", 1)
    return 0


def _fail(error, status):
    text = " ".join(str(error).split())
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"retail-panel: {text}", markup=False)
    return status


if __name__ == "__main__":
    sys.exit(main())
