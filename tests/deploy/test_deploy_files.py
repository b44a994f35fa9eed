"""The files of deploy/ fit the code: no engine runs them here, so what they name is looked up."""

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from retail_panel.__main__ import _parser
from retail_panel.feed.pump_state import PumpState
from retail_panel.ops.logs import ErrorCount
from retail_panel.ops.metrics import registry
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


@pytest.fixture
def certificate(tmp_path):
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout",
         str(tmp_path / "tls.key"), "-out", str(tmp_path / "tls.crt")], capture_output=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return tmp_path


@pytest.mark.skipif(not shutil.which("nginx", path="/usr/sbin:/usr/bin"), reason="no nginx on this machine")
def test_nginx_takes_its_file(certificate):
    conf = text_of("nginx/retail-panel.conf").replace("/run/secrets/tls_certificate", f"{certificate}/tls.crt")
    conf = conf.replace("/run/secrets/tls_key", f"{certificate}/tls.key").replace("workbench:5006", "127.0.0.1:5006")
    (certificate / "site.conf").write_text(conf)
    (certificate / "nginx.conf").write_text(
        f"pid {certificate}/pid; error_log {certificate}/log; events {{}}\n"
        f"http {{ access_log off; include {certificate}/site.conf; }}\n"
    )
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    tried = subprocess.run([nginx, "-t", "-p", str(certificate), "-c", str(certificate / "nginx.conf")],
                           capture_output=True, text=True)  # fmt: skip
    assert tried.returncode == 0, tried.stderr


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
