"""Production mode refuses to start where it is not safe for others, and says every reason."""

import argparse
from types import SimpleNamespace

import pytest

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
