"""A ticket of the portal is taken once, fresh, for us, and signed as agreed."""

import base64
import hashlib
import hmac
import json
import secrets
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from retail_panel.errors import UnusableInput
from retail_panel.portal.entries import Entries
from retail_panel.portal.person import Refused
from retail_panel.portal.ticket import LEEWAY_S, LONGEST_S, TicketBooth, TicketRules

PRIVATE = ed25519.Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
RULES = TicketRules(PUBLIC, "EdDSA", "https://portal.test", "retail-panel", "https://portal.test/open")
START = int(time.time())


def claims(**other):
    usual = {
        "iss": "https://portal.test", "aud": "retail-panel", "sub": "Vera", "groups": ["viewers"], "iat": START,
        "exp": START + 60, "jti": secrets.token_hex(8),
    }  # fmt: skip
    # Times are told from the start of the tests, and meant from now.
    since = int(time.time()) - START
    late = dict.fromkeys(("iat", "exp", "nbf"), since)
    found = {name: value for name, value in {**usual, **other}.items() if value is not None}
    return {name: value + late[name] if name in late else value for name, value in found.items()}


def ticket(key=PRIVATE, algorithm="EdDSA", **other):
    return jwt.encode(claims(**other), key, algorithm=algorithm)


def unsigned(header, **other):
    parts = (json.dumps(part).encode() for part in (header, claims(**other)))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


@pytest.fixture
def booth():
    return TicketBooth(RULES)


def test_a_good_ticket_names_a_person_and_their_groups(booth):
    assert booth.take(ticket()) == ("Vera", ("viewers",))
    assert booth.take(ticket(groups=None)) == ("Vera", ())


def test_a_ticket_is_taken_once(booth):
    text = ticket()
    booth.take(text)
    with pytest.raises(Refused, match="used before"):
        booth.take(text)
    with pytest.raises(Refused, match="used before"):
        again = jwt.decode(text, options={"verify_signature": False})
        booth.take(jwt.encode({**again, "exp": again["exp"] + 1}, PRIVATE, algorithm="EdDSA"))


def test_a_used_ticket_is_remembered_as_long_as_it_could_be_valid():
    clock = [float(START)]
    clock[0] = time.time()
    booth, text = TicketBooth(RULES, lambda: clock[0]), ticket()
    booth.take(text)
    clock[0] += 60 + LEEWAY_S
    with pytest.raises(Refused, match="used before"):
        booth.take(text)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"exp": START - LEEWAY_S - 5, "iat": START - 100}, "expired"),
        ({"iat": START + 60}, "not yet valid"),
        ({"nbf": START + 60}, "not yet valid"),
        ({"aud": "another"}, "Audience"),
        ({"aud": None}, "aud"),
        ({"iss": "https://evil.test"}, "[Ii]ssuer"),
        ({"jti": None}, "jti"),
        ({"exp": None}, "exp"),
        ({"iat": None}, "iat"),
        ({"exp": START + LONGEST_S + 1}, "more than 300 s"),
        ({"sub": None}, "claim 'sub'"),
        ({"sub": ""}, "claim 'sub'"),
        ({"groups": "admins"}, "not a list"),
        ({"groups": [["admins"]]}, "not a list"),
    ],
)
def test_a_ticket_that_is_late_or_for_somebody_else_is_refused(booth, other, told):
    with pytest.raises(Refused, match=told):
        booth.take(ticket(**other))


def test_no_other_algorithm_is_taken(booth):
    strange = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = [
        unsigned({"alg": "none", "typ": "JWT"}),
        unsigned({"alg": "NONE"}),
        unsigned({"alg": "EdDSA"}),
        ticket(strange, "RS256"),
        ticket(ed25519.Ed25519PrivateKey.generate()),
        ticket("x" * 32, "HS256"),
        _signed_with_the_public_key(),
        "", "a.b.c", "a" * 5000,
    ]  # fmt: skip
    for text in forged:
        with pytest.raises(Refused, match="not valid"):
            booth.take(text)


def _signed_with_the_public_key():
    body = unsigned({"alg": "HS256", "typ": "JWT"}).rstrip(".")
    signature = hmac.new(PUBLIC.encode(), body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def read(folder, **other):
    usual = {
        "algorithm": "EdDSA", "key_file": "key", "issuer": "i", "audience": "a", "login_url": "https://portal.test",
    }  # fmt: skip
    text = "\n".join(f'{name} = "{value}"' for name, value in {**usual, **other}.items())
    (folder / "portal.toml").write_text(text)
    return TicketRules.read(Entries.read(folder / "portal.toml"))


def test_rules_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text(PUBLIC)
    assert read(tmp_path).key == PUBLIC and PUBLIC not in repr(read(tmp_path))


@pytest.mark.parametrize(
    ("key", "other", "told"),
    [
        (PUBLIC, {"algorithm": "none"}, "allowed: EdDSA, ES256, RS256, PS256, HS256"),
        (PUBLIC, {"login_url": "javascript:alert(1)"}, "an https:// address"),
        (PUBLIC, {"audience": ""}, "audience"),
        (PUBLIC, {"colour": "red"}, "colour"),
        (PUBLIC, {"algorithm": "RS256"}, "a public key in PEM for RS256"),
        ("short", {"algorithm": "HS256"}, "5 characters"),
        ("no key", {}, "a public key in PEM"),
        (PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), {}, "a private key"),
    ],
)
def test_rules_that_are_not_safe_are_refused(tmp_path, key, other, told):
    (tmp_path / "key").write_text(key)
    with pytest.raises(UnusableInput, match=told):
        read(tmp_path, **other)
