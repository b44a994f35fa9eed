"""The portal file of the documentation is one, and what may not be in one is told."""

import re
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import retail_panel
from retail_panel.errors import UnusableInput
from retail_panel.portal.gate import read_portal

TEXT = (Path(retail_panel.__file__).parents[1] / "docs" / "security.md").read_text("utf-8")
SHOWN, OIDC = re.findall(r"^```toml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path):
    key = ed25519.Ed25519PrivateKey.generate().public_key()
    (tmp_path / "portal-public.pem").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for name in ("secret.txt", "client-secret.txt"):
        (tmp_path / name).write_text(secrets.token_hex(32))
    return tmp_path


def read(folder, text):
    (folder / "portal.toml").write_text(text)
    return read_portal(folder / "portal.toml")


def test_the_file_of_the_documentation_is_one(folder):
    found = read(folder, SHOWN)
    assert (found.way, found.hours, found.rules.algorithm, found.roles.min_customers) == ("ticket", 8, "EdDSA", 5)
    person = found.roles.person("Ann", ["retail-readers", "online", "shops-north"])
    assert (person.role, len(person.policy.ways), person.min_customers) == ("viewer", 2, 5)


def test_so_is_that_of_a_provider(folder):
    text = re.sub(r"\[ticket\].*?(?=\[roles\])", OIDC, SHOWN.replace('"ticket" ', '"oidc" '), flags=re.DOTALL)
    found = read(folder, text)
    assert (found.rules.issuer, found.rules.client_id) == ("https://login.example/realms/shop", "retail-panel")
    assert found.rules.client_secret not in repr(found) and found.secret.decode() not in repr(found)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"ticket" ', '"guess" ', "login.way = 'guess'; allowed: ticket, oidc, passwords"),
        ('"secret.txt"', '"none.txt"', "none.txt: No such file"),
        ("hours = 8 ", "hours = 0 ", "login.hours = 0; allowed: a whole number from 1 to 720"),
        ("hours = 8 ", "days = 8 ", "login.days = 8; allowed: one of"),
        ("audit_days = 400", "audit_days = -1", "audit_days = -1"),
        ('"ticket" ', '"oidc" ', "oidc.issuer = None; allowed: the https:// address of the provider"),
        ('"portal-public.pem"', '"secret.txt"', "a public key in PEM for EdDSA"),
    ],
)
def test_what_is_wrong_is_told(folder, old, new, told):
    with pytest.raises(UnusableInput, match=re.escape(told)):
        read(folder, SHOWN.replace(old, new, 1))


def test_a_short_secret_is_none(folder):
    (folder / "secret.txt").write_text("secret")
    with pytest.raises(UnusableInput, match="6 characters; allowed: a file of at least 32"):
        read(folder, SHOWN)
