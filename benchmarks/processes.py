"""One serving process and then two behind nginx, on one store: ``python benchmarks/processes.py --count 20``.

Starts a PostgreSQL server of its own on the loopback, as the tests do, loads the demo into a store there, and puts
nginx with the configuration of ``deploy/nginx`` before one process, then before two; it keeps each visitor on one of
them by their address. Visitors brush at once as in ``visitors.py``, and all of them have to see the same.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

from brushers import Brusher, brush_together
from first_paint import wait_until_ready
from rich.console import Console
from served import ROOT, Served
from tables import milliseconds, print_table
from visitors import AT_ONCE, MOVES, STARTING, enter, metric

from retail_panel.demo import folder as demo_folder

sys.path.insert(0, str(ROOT / "tests"))
from postgres_server import Postgres

note = Console(stderr=True).print
CONF = ROOT / "deploy" / "nginx" / "retail-panel.conf"
#: All visitors of a benchmark come from this machine; a header that nginx believes says another address for each.
MAIN = """
daemon off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi; uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    set_real_ip_from 127.0.0.1; real_ip_header X-Visitor;
    upstream workbench {{ ip_hash; {servers} }}
    include {place}/retail-panel.conf;
}}
"""


def free_port():
    """Return a port that nobody listens to."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


@contextmanager
def nginx(port, urls):
    """Run nginx in front of servers; yields the address of what it shows."""
    found = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if found is None:
        raise SystemExit("nginx is not installed: apt install nginx")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        conf = re.sub(r"(?m)^ *ssl_.*\n", "", CONF.read_text("utf-8"))
        conf = conf.replace("listen 8443 ssl", f"listen 127.0.0.1:{port}").replace("workbench:5006", "workbench")
        (place / "retail-panel.conf").write_text(conf, "utf-8")
        servers = " ".join(f"server 127.0.0.1:{url.rstrip('/').rpartition(':')[2]};" for url in urls)
        (place / "nginx.conf").write_text(MAIN.format(place=place, servers=servers), "utf-8")
        process = subprocess.Popen([found, "-p", place, "-e", place / "error.log", "-c", place / "nginx.conf"])
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                if process.poll() is not None:
                    raise SystemExit(f"nginx ended:\n{(place / 'error.log').read_text()}")
                time.sleep(0.1)
            yield f"http://localhost:{port}/"
        finally:
            process.terminate()
            process.wait()


def measure(store_url, processes, count, way, moves, folder):
    """Start so many processes with nginx in front, and have visitors brush; returns what is measured, as a dict."""
    with ExitStack() as stack:
        port, servers = free_port(), []
        for number in range(processes):
            settings = {"RETAIL_PANEL_BROWSER_BRUSH": "no" if way == "server" else "yes"}
            arguments = [demo_folder(), "--store", store_url, "--address", "127.0.0.1", "--use-xheaders",
                         "--allow-websocket-origin", f"localhost:{port}"]  # fmt: skip
            began = time.monotonic()
            log = Path(folder, f"log-{processes}-{number}")
            servers.append(stack.enter_context(Served(arguments, log, settings)))
            wait_until_ready(servers[-1].url)
            note(f"process {number + 1} of {processes} is ready after {time.monotonic() - began:.1f} s")
        url = stack.enter_context(nginx(port, [server.url for server in servers]))
        found = asyncio.run(_brush(url, servers, count, way, moves))
        faults = [line for server in servers for line in server.complaints() if STARTING not in line]
        memory = [server.memory_mb() for server in servers]
        return found | {"processes": processes, "memory_mb": memory, "faults": faults, "load": os.getloadavg()[0]}


async def _brush(url, servers, count, way, moves):
    brushers = [Brusher(number) for number in range(count)]
    for begun in range(0, count, AT_ONCE):
        some = list(enumerate(brushers))[begun : begun + AT_ONCE]
        # The balancer tells visitors apart by the first three numbers of their address.
        await asyncio.gather(*(
            enter(url, brusher.hear, {"X-Visitor": f"10.0.{number}.1"}) for number, brusher in some
        ))  # fmt: skip
        await asyncio.gather(*(brusher.come() for _, brusher in some))
    await asyncio.gather(*(brusher.enter() for brusher in brushers))
    found = await brush_together(brushers, way, moves, lambda: sum(server.processor_s() for server in servers))
    seen = Counter(tuple(brusher.seen) for brusher in brushers)
    opened = [int(metric(server.url, "opening_seconds_count")) for server in servers]
    return found | {"visitors_each": opened, "same_figures": len(seen) == 1}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=20, help="visitors who brush at once (default: 20)")
    parser.add_argument("--way", choices=MOVES, default="server", help="who answers a moving brush (default: server)")
    parser.add_argument("--moves", type=int, default=20, help="answers of each (default: 20)")
    parser.add_argument("--processes", default="1,2", help="numbers of processes, one after the other (default: 1,2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    postgres = Postgres()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stack.callback(postgres.remove)
        postgres.start()
        url = f"postgresql://till@127.0.0.1:{postgres.port}/postgres"
        found = [measure(url, int(number), options.count, options.way, options.moves, folder)
                 for number in options.processes.split(",")]  # fmt: skip
    if options.json:
        print(json.dumps({"runs": found}))
    else:
        print_table(
            f"behind nginx, on PostgreSQL, answered by the {options.way}, load {found[-1]['load']:.1f}",
            ["processes", "visitors of each", "p50", "p95", "processor, each told", "cores", "of slowest by fastest",
             "memory of each", "same figures"],
            [[each["processes"], " and ".join(map(str, each["visitors_each"])),
              *(milliseconds(each[name]) for name in ("p50_ms", "p95_ms", "processor_ms")), f"{each['busy']:.2f}",
              f"{each['slowest_of_fastest']:.2f}", " and ".join(f"{size:,.0f} MB" for size in each["memory_mb"]),
              "yes" if each["same_figures"] else "NO"] for each in found],
        )  # fmt: skip
    faults = [fault for each in found for fault in each["faults"]]
    for fault in faults:
        note(fault)
    return int(bool(faults) or not all(each["same_figures"] for each in found))


if __name__ == "__main__":
    sys.exit(main())
