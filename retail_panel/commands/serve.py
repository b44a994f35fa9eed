"""Serve the workbench."""

import argparse
import asyncio
import gc
import importlib
import signal
import socket
from contextlib import closing, suppress
from pathlib import Path

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.portal.gate import gate
from retail_panel.portal.production import refuse_unsafe
from retail_panel.settings import load_settings

HELP = "serve the workbench to browsers"
APP = Path(__file__).parents[1] / "app.py"
ADMIN = APP.with_name("admin.py")
HERE = ("localhost", "127.0.0.1", "::1")

#: A visitor who lost the line for two minutes finds the page as it was, and an old page can come back within 12 hours.
PANEL_OPTIONS = (
    "--session-token-expiration=43200",
    "--unused-session-lifetime=120000",
    "--check-unused-sessions=10000",
)
#: How long pages have to hear that the server stops.
GOODBYE_S = 1.5
#: Longest body of a request, where no route of ours allows more.
MOST_BYTES = 1_000_000
PLUGINS = ("retail_panel.ops.routes", "retail_panel.ops.embedding")
OPTIONS = (
    ("--store", "URL", "where rows live: duckdb:// (memory, the default), duckdb:///name.duckdb, postgresql://user@host/db"),
    ("--mapping", "FILE", "file that says which column is which"),
    ("--feed", "URL", "live feed of order lines, such as kafka://broker:9092/orders"),
    ("--feed-settings", "FILE", "key = value lines for the feed: passwords, tokens"),
    ("--feed-mapping", "FILE", "file that names the fields of the feed's messages"),
    ("--replay", "FILE", "play this file's order lines in time order, as if they were sold now"),
    ("--speed", "N", "replayed seconds per second, such as 3600, or inf (default 1)"),
    ("--replay-from", "START", "day, or share of the span, where the replay begins, after history (default 0.8)"),
    ("--refresh-ms", "N", "milliseconds between looks for new rows (default 1000)"),
    ("--currency", "ISO", "currency of lines that name none (default GBP)"),
    ("--title", "TEXT", "name shown at the top of every page"),
    ("--portal", "FILE", "portal file: login, roles, row policies (docs/security.md); without one there is no login"),
    ("--embed-origins", "ORIGINS", "portals that may show it in a frame, such as https://portal.example.com"),
)


def arguments(parser):
    """Add the options of this command."""
    parser.add_argument("source", nargs="?", metavar="FILE", help="file, folder or database URL (default: the demo)")
    for option, metavar, text in OPTIONS:
        parser.add_argument(option, metavar=metavar, help=text)
    parser.add_argument("--port", metavar="N", default="5006", help="port, or 0 for any free one (default 5006)")
    parser.add_argument("--address", metavar="NAME", default="localhost", help="where to listen (default localhost)")
    parser.add_argument("--prefix", metavar="PATH", default="", help="path under which a proxy shows the workbench")
    parser.add_argument(
        "--allow-websocket-origin",
        metavar="HOST:PORT",
        action="append",
        default=[],
        help="host and port that browsers may reach it by; may be repeated",
    )
    parser.add_argument("--use-xheaders", action="store_true", help="believe a proxy's headers on who asks, and how")
    parser.add_argument("--production", action="store_const", const="yes", help="refuse to start where it is not safe")
    parser.add_argument("--show", action="store_true", help="open a browser")


def run(options, app=APP):
    """Serve until stopped by an interrupt or a termination signal; the feed's rows are committed before it ends.

    Parameters
    ----------
    options : argparse.Namespace
        As :func:`arguments` adds them.
    app : Path
        Script that makes the page of a visitor.

    Raises
    ------
    UnusableInput
        If a file does not exist or an option has a value it may not have.
    RetailPanelError
        If the port is taken or the store cannot be opened.
    """
    settings = _settings(options)
    portal = gate(settings.portal).portal
    options.production = settings.production
    if options.production:
        refuse_unsafe(settings, portal, options.allow_websocket_origin, options.use_xheaders)
    port = free_port(options.address, options.port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        from retail_panel.ops.guard import ops_token
        from retail_panel.ops.logs import set_up
        from retail_panel.server import server

        ops_token(settings)
        set_up(settings.log_format, settings.log_level)
        with closing(server(settings)) as serving:
            _serve(_panel_arguments(options, port, app, settings), _greeting(options, port), options.show, serving)


def _settings(options):
    files = ("source", "mapping", "replay", "feed_settings", "feed_mapping", "portal")
    for name in files:
        option, file = "FILE" if name == "source" else f"--{name.replace('_', '-')}", getattr(options, name)
        if file is not None and "://" not in file and not Path(file).exists():
            raise UnusableInput(f"{option} {file}: there is no such file; allowed: a file, a folder or a database URL")
    names = [option.lstrip("-").replace("-", "_") for option, _, _ in OPTIONS if option != "--speed"]
    given = {name: getattr(options, name) for name in ("source", *names)}
    return load_settings(**given, replay_speed=options.speed, production=options.production)


def free_port(address, text):
    """Return the port that an option names, or any free one for 0; raises where it cannot be listened to."""
    if not text.isdecimal() or not int(text) < 65536:
        raise UnusableInput(f"--port {text}: not a port; allowed: 0 to 65535")
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, int(text), type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise UnusableInput(f"--address {address}: {error.strerror}; allowed: an address of this machine") from error
    with socket.socket(family, kind) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(place)
        except OSError as error:
            raise RetailPanelError(
                f"--port {text} on {address}: {error.strerror}; allowed: a free port of this machine, or 0"
            ) from error
        return trial.getsockname()[1]


def _url(options, port):
    prefix = options.prefix.strip("/")
    return f"http://{options.address}:{port}/{prefix + '/' if prefix else ''}"


def _greeting(options, port):
    url = _url(options, port)
    if not gate().is_open:
        return f"Retail Panel: {url} (with a login by {gate().portal.way}; Ctrl+C stops it)"
    if options.address in HERE:
        return f"Retail Panel: {url} (without a login, and so open to this machine only; Ctrl+C stops it)"
    return (
        f"Retail Panel: {url} (WITHOUT A LOGIN, open to everyone who reaches {options.address}; browsers must come by "
        f"{' or '.join(_origins(options, port))}, more by --allow-websocket-origin; Ctrl+C stops it)"
    )


def _origins(options, port):
    if options.production:
        return options.allow_websocket_origin
    hosts = dict.fromkeys((*HERE[:2], options.address))
    return [*(f"{host}:{port}" for host in hosts), *options.allow_websocket_origin]


def _panel_arguments(options, port, app, settings):
    arguments = [str(app), str(ADMIN), f"--index={Path(app).stem}", f"--port={port}", f"--address={options.address}"]
    arguments += [*PANEL_OPTIONS, *(f"--plugins={name}" for name in PLUGINS)]
    arguments.append(f"--websocket-max-message-size={settings.message_bytes}")
    # Bokeh's debug lines show messages of visitors.
    arguments.append(f"--log-level={'info' if settings.log_level == 'debug' else settings.log_level}")
    arguments += [f"--allow-websocket-origin={origin}" for origin in _origins(options, port)]
    if options.use_xheaders:
        arguments.append("--use-xheaders")
    if options.prefix:
        arguments.append(f"--prefix={options.prefix}")
    return arguments


def _serve(arguments, greeting, show, serving):
    from panel.command.serve import Serve

    from retail_panel.portal.guarded_server import carry_person, guard, guarded_kwargs

    class Workbench(Serve):
        def customize_applications(self, args, applications):
            return carry_person(super().customize_applications(args, applications))

        def customize_kwargs(self, args, server_kwargs):
            limits = {"max_body_size": MOST_BYTES, "max_header_size": 65_536}
            return guarded_kwargs(super().customize_kwargs(args, {**server_kwargs, "http_server_kwargs": limits}))

        def customize_server(self, server):
            print(greeting, flush=True)
            if show:
                server.io_loop.add_callback(server.show, "/")
            # After Bokeh's own handler, which prints first and so fails where nobody reads our output any more.
            server.io_loop.add_callback(_stop_on_sigterm, server.io_loop, serving)
            return guard(super().customize_server(server))

    # Panel 1.9.4's --warm fails on pages with HoloViews plots: they leave the set of callbacks that it walks through.
    importlib.import_module("retail_panel.pages.workbench")
    # What is imported stays, so that the collector need not look through it again as pages open and close.
    gc.collect()
    gc.freeze()
    command = Workbench(parser=argparse.ArgumentParser())
    command.invoke(command.parser.parse_args(arguments))


def _stop_on_sigterm(loop, serving):
    # In asyncio, since Bokeh's handler there would be called beside one that the signal module has.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, loop.add_callback, _stop, loop, serving)


async def _stop(loop, serving):
    """Tell the open pages, and end the loop once they have heard it; the caller commits what the feed gathered."""
    if serving.say_goodbye():
        await asyncio.sleep(GOODBYE_S)
    loop.stop()
