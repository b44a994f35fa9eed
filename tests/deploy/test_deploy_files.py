"""The files of deploy/ fit the code: no engine runs them here, so what they name is looked up."""

import configparser
import http.client
import json
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from portal.served import served
from tornado.web import RequestHandler

from retail_panel.__main__ import _parser
from retail_panel.feed.pump_state import PumpState
from retail_panel.ops.logs import ErrorCount
from retail_panel.ops.metrics import registry
from retail_panel.portal.portal_file import PortalFile
from retail_panel.portal.production import refuse_unsafe
from retail_panel.server import READY, Server, ServerState
from retail_panel.settings import Settings, describe, load_settings
from retail_panel.store.files import file_of

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
VARIABLES = {setting["variable"] for setting in describe()} | {"RETAIL_PANEL_SETTINGS", "RETAIL_PANEL_FEED_TOKENS"}
#: Metrics that Prometheus makes itself.
OF_PROMETHEUS = {"up"}
NAMED = re.compile(r"\b(?:retail_panel|process)_\w+")


def text_of(name):
    return (DEPLOY / name).read_text("utf-8")


@pytest.fixture(scope="module")
def metrics(six_clean):
    """Names of all samples of a server with a feed."""
    server = Server(Settings())
    server.store.append(six_clean)
    server.state = ServerState(READY)
    server.pump = SimpleNamespace(state=PumpState(running=True, lag_rows=0, lag_s=0.0))
    names = {sample.name for family in registry(server, ErrorCount()).collect() for sample in family.samples}
    server.pump = None
    server.close()
    return names


def metrics_in(expression):
    words = set(re.findall(r"[a-zA-Z_:][\w:]*(?=[{\s\[)]|$)", re.sub(r'\{[^}]*\}|"[^"]*"|\[[^\]]*\]', " ", expression)))
    known = {"and", "on", "or", "by", "sum", "max", "rate", "increase", "le", "instance", "outcome"}
    return words - known


def extras():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    return set(setup["options.extras_require"])


def test_alert_rules_speak_of_metrics_that_exist(metrics):
    (group,) = yaml.safe_load(text_of("prometheus/alerts.yaml"))["groups"]
    names = [rule["alert"] for rule in group["rules"]]
    assert len(names) == len(set(names)) >= 8
    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert {"summary", "description"} == set(rule["annotations"])
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
        assert rule["expr"].count("(") == rule["expr"].count(")")
        found = metrics_in(rule["expr"])
        assert found and found <= metrics | OF_PROMETHEUS, f"{rule['alert']}: {found - metrics}"


def test_prometheus_reads_what_the_server_has():
    found = yaml.safe_load(text_of("prometheus/prometheus.yaml"))
    (job,) = found["scrape_configs"]
    assert found["rule_files"] == ["alerts.yaml"]
    assert f'job="{job["job_name"]}"' in text_of("prometheus/alerts.yaml")
    assert "credentials_file" in job["authorization"] and "credentials" not in job["authorization"]


def test_the_dashboard_speaks_of_metrics_that_exist(metrics):
    board = json.loads(text_of("grafana/retail-panel.json"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 10
    variables = {variable["name"] for variable in board["templating"]["list"]}
    cells = set()
    for panel in panels:
        place = panel["gridPos"]
        area = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
        assert not cells & area and max(x for x, _ in area) < 24, f"{panel['title']} lies over another panel"
        cells |= area
        for target in panel["targets"]:
            named = set(NAMED.findall(target["expr"]))
            assert named and named <= metrics, f"{panel['title']}: {named - metrics}"
            assert set(re.findall(r"\$\{?(\w+)", json.dumps(target))) <= variables
            assert target["expr"].count("(") == target["expr"].count(")")
    assert NAMED.findall(board["templating"]["list"][1]["query"]) == ["retail_panel_info"]


def instructions(dockerfile):
    lines = re.sub(r"\\\n\s*", " ", dockerfile).splitlines()
    return [line.split(" ", 1) for line in lines if line and not line.startswith("#")]


def test_the_image_is_built_from_what_is_there_and_runs_as_nobody():
    found = instructions(text_of("Dockerfile"))
    assert {name for name, _ in found} <= {
        "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT",
    }  # fmt: skip
    images = [rest.split()[0] for name, rest in found if name == "FROM"]
    assert all(re.fullmatch(r"python:3\.1[123]-slim", image) for image in images), "a tag that says which Python"
    copied = [word for name, rest in found if name == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    let_in = {line[1:] for line in text_of("Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    assert copied and all((ROOT / path).exists() for path in copied) and set(copied) <= let_in
    (named,) = re.findall(r"'\.\[([\w,]+)\]'", text_of("Dockerfile"))
    assert set(named.split(",")) <= extras()
    last = dict(found)
    order = [name for name, _ in found]
    user = re.search(r"--uid (\d+)", text_of("Dockerfile"))[1]
    assert last["USER"] == user != "0" and order.index("USER") < order.index("ENTRYPOINT")
    assert "/healthz" in last["HEALTHCHECK"] and f"EXPOSE {json.loads(last['ENTRYPOINT'])[-1]}" in text_of("Dockerfile")
    environ = dict(re.findall(r"(RETAIL_PANEL_\w+)=(\S+)", last["ENV"]))
    assert str(file_of(load_settings(environ).store)).startswith(last["VOLUME"] + "/")
    assert not re.search(r"(?i)(password|token|secret)\s*=", text_of("Dockerfile"))


def test_the_image_starts_a_command_that_exists():
    last = dict(instructions(text_of("Dockerfile")))
    service = yaml.safe_load(text_of("compose.yaml"))["services"]["workbench"]
    program, *argv = [*json.loads(last["ENTRYPOINT"]), *service["command"]]
    assert program == "retail-panel"
    assert _parser().parse_args(argv).command == "serve"


def secrets_of(service):
    """Return (name, file below /run/secrets) of each secret of a service."""
    return [(each, each) if isinstance(each, str) else (each["source"], each["target"])
            for each in service.get("secrets", ())]  # fmt: skip


def test_compose_fits_together():
    found = yaml.safe_load(text_of("compose.yaml"))
    services = found["services"]
    assert set(services) == {"workbench", "kafka", "nginx"}
    for name, service in services.items():
        assert set(service.get("networks", ())) <= set(found["networks"]), name
        assert {source for source, _ in secrets_of(service)} <= set(found["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(services), name
        for volume in service.get("volumes", ()):
            source, target, *_ = volume.split(":")
            assert target.startswith("/")
            assert (DEPLOY / source).exists() if source.startswith(".") else source in found["volumes"], volume
    workbench = services["workbench"]
    assert (DEPLOY / workbench["build"]["context"] / workbench["build"]["dockerfile"]).exists()
    assert set(workbench["environment"]) <= VARIABLES
    assert "ports" not in workbench and "ports" not in services["kafka"], "browsers come by nginx"
    assert workbench["read_only"] and workbench["cap_drop"] == ["ALL"]
    settings = workbench["environment"]
    assert load_settings(settings).feed.startswith("kafka://kafka:9092/")
    assert services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].endswith("kafka:9092")
    there = {f"/run/secrets/{target}" for _, target in secrets_of(workbench)}
    assert {settings["RETAIL_PANEL_OPS_TOKEN_FILE"], settings["RETAIL_PANEL_PORTAL"]} <= there
    assert settings["RETAIL_PANEL_PRODUCTION"] == "yes"
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert all(secret["file"].startswith("./secrets/") for secret in found["secrets"].values())
    assert "deploy/secrets/" in ignored


def test_what_compose_starts_is_not_refused(tmp_path):
    """With the files that its first lines ask for, production mode has nothing to say."""
    text = text_of("compose.yaml")
    workbench = yaml.safe_load(text)["services"]["workbench"]
    asked = re.findall(r"\b([\w.]+\.(?:token|secret|toml|key|crt))\b", text[: text.index("name: retail-panel")])
    files = {Path(each["file"]).name for each in yaml.safe_load(text)["secrets"].values()}
    assert set(asked) == files
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    written = {"portal.key": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
               "login.secret": secrets.token_urlsafe(48), "ops_token": secrets.token_urlsafe(48)}  # fmt: skip
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    (shown,) = re.findall(r"^```toml\n(min_customers.*?)^```", page, re.DOTALL | re.MULTILINE)
    for name in ("secret_file", "key_file"):
        (value,) = re.findall(rf'{name} = "([\w.]+)"', text)
        shown = re.sub(rf'^{name} = "[^"]+"', f'{name} = "{value}"', shown, flags=re.MULTILINE)
    for name, target in secrets_of(workbench):
        (tmp_path / target).write_text(shown if name == "portal" else written[target])
    options = _parser().parse_args([*json.loads(dict(instructions(text_of("Dockerfile")))["ENTRYPOINT"])[1:],
                                    *workbench["command"]])  # fmt: skip
    settings = load_settings(workbench["environment"])
    portal = PortalFile.read(tmp_path / Path(settings.portal).name)
    assert settings.production
    refuse_unsafe(settings, portal, options.allow_websocket_origin, options.use_xheaders)


@pytest.fixture
def certificate(tmp_path):
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout",
         str(tmp_path / "tls.key"), "-out", str(tmp_path / "tls.crt")], capture_output=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return tmp_path


class Echo(RequestHandler):
    """Stands for the workbench: tells what it was asked with."""

    def get(self):
        self.finish({name.lower(): self.request.headers.get_list(name) for name in self.request.headers})


def nginx_of(place, upstream, port=8443):
    """Return a command of nginx with our file, in front of another workbench."""
    ours = {"/run/secrets/tls_certificate": f"{place}/tls.crt", "/run/secrets/tls_key": f"{place}/tls.key",
            "workbench:5006": upstream, "listen 8443": f"listen 127.0.0.1:{port}"}  # fmt: skip
    conf = text_of("nginx/retail-panel.conf")
    for theirs, own in ours.items():
        assert theirs in conf
        conf = conf.replace(theirs, own)
    (place / "site.conf").write_text(conf)
    temporary = " ".join(f"{kind}_temp_path {place}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(
        f"pid {place}/pid; error_log {place}/log; daemon off; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {place}/body; {temporary} include {place}/site.conf; }}\n"
    )
    return [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", str(place), "-c", str(place / "nginx.conf")]


has_nginx = pytest.mark.skipif(
    not shutil.which("nginx", path="/usr/sbin:/usr/bin"), reason="no nginx on this machine: apt install nginx-light"
)


@has_nginx
def test_nginx_takes_its_file(certificate):
    tried = subprocess.run([*nginx_of(certificate, "127.0.0.1:5006"), "-t"], capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


@has_nginx
def test_nginx_believes_no_browser_of_where_it_is(certificate):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    lies = {"X-Real-IP": "127.0.0.9", "X-Forwarded-For": "127.0.0.9", "X-Scheme": "http", "X-Forwarded-Proto": "http",
            "Host": f"shop.example:{port}"}  # fmt: skip
    with served([("/.*", Echo)]) as workbench:
        process = subprocess.Popen(nginx_of(certificate, workbench.base_url.netloc.decode(), port))
        try:
            line = http.client.HTTPSConnection(f"127.0.0.1:{port}", timeout=20, context=trusting)
            for _ in range(200):
                try:
                    line.connect()
                    break
                except OSError:
                    time.sleep(0.05)
            line.request("GET", "/app", headers=lies)
            told = json.loads(line.getresponse().read())
            line.request("GET", "/metrics")
            hidden = line.getresponse()
            hidden.read()
            line.close()
        finally:
            process.terminate()
            process.wait(20)
    assert hidden.status == 404
    # The address is all the same here: the browser's own word is not among what is passed on.
    assert told["x-real-ip"] == told["x-forwarded-for"] == ["127.0.0.1"]
    assert told["x-scheme"] == told["x-forwarded-proto"] == ["https"] and told["host"] == [f"shop.example:{port}"]


def test_nginx_keeps_what_is_for_operators_from_others():
    (hidden,) = re.findall(r"location ~ (\^\S+) \{\s*return 404;", text_of("nginx/retail-panel.conf"))
    for path in ("/metrics", "/backup", "/privacy", "/admin", "/admin/ws", "/admin/autoload.js"):
        assert re.match(hidden, path)
    for path in ("/", "/app", "/app/ws", "/healthz", "/readyz", "/feed", "/administration"):
        assert not re.match(hidden, path)


def unit():
    found = {}
    for line in text_of("retail-panel.service").splitlines():
        if "=" in line and not line.startswith("#"):
            found.setdefault(line.partition("=")[0], []).append(line.partition("=")[2])
    return found


def test_the_unit_starts_a_command_that_exists_with_settings_that_exist():
    found = unit()
    program, *argv = found["ExecStart"][0].split()
    assert program.endswith("/retail-panel") and _parser().parse_args(argv).command == "serve"
    named = {line.partition("=")[0] for line in found["Environment"]} - {"PYTHONUNBUFFERED"}
    assert named <= VARIABLES
    store = next(line for line in found["Environment"] if line.startswith("RETAIL_PANEL_STORE="))
    assert str(file_of(store.partition("=")[2])).startswith(f"/var/lib/{found['StateDirectory'][0]}/")
    assert int(found["TimeoutStopSec"][0]) >= 30 and found["KillSignal"] == ["SIGTERM"]
    # What the filter holds back must fail, not end the server: Arrow's allocator calls mbind.
    assert found["SystemCallErrorNumber"] == ["EPERM"] and "@resources" not in str(found["SystemCallFilter"])
    assert found["User"] != ["root"] and found["NoNewPrivileges"] == ["yes"] and found["ProtectSystem"] == ["strict"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_takes_the_unit(tmp_path):
    # Only the program is another one: it is not installed here.
    text = text_of("retail-panel.service").replace("/opt/retail-panel/bin/retail-panel", shutil.which("true"))
    (tmp_path / "retail-panel.service").write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "retail-panel.service")]
    tried = subprocess.run(command, capture_output=True, text=True)
    complaints = [line for line in tried.stderr.splitlines() if "retail-panel.service" in line]
    assert tried.returncode == 0 and not complaints, tried.stderr
