"""Production mode refuses to start where it is not safe for others, and says every reason."""

import argparse
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from retail_panel.__main__ import main
from retail_panel.commands import serve
from retail_panel.errors import UnusableInput
from retail_panel.portal import gate as gates
from retail_panel.portal.production import refuse_unsafe
from retail_panel.settings import Settings

SAFE = SimpleNamespace(way="ticket", rules=SimpleNamespace(login_url="https://portal.test/open"))
PLAIN = SimpleNamespace(way="ticket", rules=SimpleNamespace(login_url="http://portal.test/open"))
PROVIDER = SimpleNamespace(issuer="https://login.test", redirect_url="https://shop.test/login")
SETTINGS = Settings(portal="portal.toml", production=True)


def test_a_login_by_the_portal_behind_tls_may_start():
    refuse_unsafe(SETTINGS, SAFE, ["shop.test"], True)
    refuse_unsafe(SETTINGS, SimpleNamespace(way="oidc", rules=PROVIDER), ["shop.test"], True)


@pytest.mark.parametrize(
    ("portal", "origins", "tls", "told"),
    [
        (None, ["shop.test"], True, "no login is set up"),
        (SimpleNamespace(way="passwords"), ["shop.test"], True, "passwords' is for development"),
        (SAFE, ["*"], True, r"--allow-websocket-origin \* lets every site in"),
        (SAFE, ["shop.test", "*.test"], True, r"\*.test lets every site in"),
        (SAFE, [], True, "no origin is named"),
        (SAFE, ["shop.test"], False, "cookies need TLS"),
        (PLAIN, ["shop.test"], True, "an https:// address"),
        (SimpleNamespace(way="oidc", rules=SimpleNamespace(**{**vars(PROVIDER), "issuer": "http://login.test"})),
         ["shop.test"], True, "oidc.issuer = 'http://login.test'; allowed: an https:// address"),
        (SimpleNamespace(way="oidc", rules=SimpleNamespace(**{**vars(PROVIDER), "redirect_url": "http://shop.test/"})),
         ["shop.test"], True, "oidc.redirect_url = 'http://shop.test/'"),
        (None, ["*"], False, "no login.*every site in.*TLS"),
    ],
)  # fmt: skip
def test_what_is_not_safe_does_not(portal, origins, tls, told):
    with pytest.raises(UnusableInput, match=f"production mode refuses to start: .*{told}"):
        refuse_unsafe(SETTINGS, portal, origins, tls)


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        ((), "no login is set up"),
        (("--portal", "none.toml"), "there is no such file"),
        (("--portal", "{portal}"), "secret file .*secret: No such file"),
    ],
)
def test_the_command_refuses(tmp_path, portal_file, argv, told):
    (tmp_path / "secret").unlink()
    parser = argparse.ArgumentParser()
    serve.arguments(parser)
    before = gates.set_gate(None)
    try:
        with pytest.raises(UnusableInput, match=told):
            serve.run(parser.parse_args(["--production", *(each.format(portal=portal_file) for each in argv)]))
    finally:
        gates.set_gate(before)


SAFELY = ("--production", "--use-xheaders", "--allow-websocket-origin", "shop.test", "--portal", "portal.toml")


@pytest.fixture
def ready(tmp_path, monkeypatch):
    """A folder with all that production needs: the portal file of the documentation, its secret and its key."""
    page = (Path(serve.__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
    (tmp_path / "portal.toml").write_text(re.findall(r"^```toml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[0])
    (tmp_path / "secret.txt").write_text("s" * 48)
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "portal-public.pem").write_bytes(pem)
    monkeypatch.chdir(tmp_path)
    before = gates.set_gate(None)
    yield tmp_path
    gates.set_gate(before)


def test_the_command_comes_as_far_as_its_port_where_all_is_there(ready, capsys):
    assert main(["serve", *SAFELY, "--port", "none"]) == 2
    assert "--port none: not a port" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "missing", "told"),
    [
        (SAFELY[:4], (), "no login is set up; allowed: a portal file"),
        (SAFELY, ("secret.txt",), "secret file secret.txt: No such file"),
        (SAFELY, ("portal-public.pem",), "portal-public.pem"),
        (SAFELY, ("portal.toml",), "portal.toml: there is no such file"),
        ((*SAFELY[:3], "*", *SAFELY[4:]), (), "--allow-websocket-origin * lets every site in"),
        ((*SAFELY, "--allow-websocket-origin", "*.shop.test"), (), "--allow-websocket-origin *.shop.test lets every"),
        ((*SAFELY[:2], *SAFELY[4:]), (), "no origin is named"),
        ((SAFELY[0], *SAFELY[2:]), (), "cookies need TLS before the server"),
    ],
)  # fmt: skip
def test_one_thing_that_is_not_as_it_should_be_is_enough_for_the_command(ready, capsys, argv, missing, told):
    for name in missing:
        (ready / name).unlink()
    assert main(["serve", *argv, "--port", "none"]) == 2
    said = capsys.readouterr()
    assert told in said.err and "not a port" not in said.err and said.out == ""
