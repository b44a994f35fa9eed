"""A whole login by OpenID Connect against a provider of our own: what it signs for us is taken, nothing else is."""

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from portal.provider_stub import CLIENT, REDIRECT, SECRET, ProviderStub
from portal.served import served

from retail_panel.errors import UnusableInput
from retail_panel.portal import gate as gates
from retail_panel.portal.entries import Entries
from retail_panel.portal.gate import COOKIE, Gate
from retail_panel.portal.login import login_routes
from retail_panel.portal.oidc_login import BEGUN
from retail_panel.portal.oidc_rules import OidcRules
from retail_panel.portal.person import Refused
from retail_panel.portal.provider import KEPT_S, PAUSE_S, Provider

#: A time that is still to come when this is run.
IN_A_CENTURY = 4_900_000_000
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Visitor:
    """A browser that is sent to and fro between workbench and provider."""

    def __init__(self, client, stub):
        self.client, self.stub = client, stub

    def begin(self, **params):
        """Go to the login; returns what the provider is asked."""
        found = self.client.get("/login", params=params)
        assert found.status_code == 302, found.text
        place = found.headers["Location"]
        assert place.startswith(f"{self.stub.issuer}/authorize?")
        return place

    def back(self, place):
        """Ask the provider; returns what it sends the browser back with."""
        found = httpx.get(place, trust_env=False)
        assert found.headers["Location"].startswith(f"{REDIRECT}?")
        return {name: value for name, (value,) in parse_qs(urlsplit(found.headers["Location"]).query).items()}

    def end(self, given):
        """Come back; returns the answer."""
        return self.client.get("/login", params=given)

    def log_in(self, **params):
        """Do all of it."""
        return self.end(self.back(self.begin(**params)))


@pytest.fixture
def stub():
    return ProviderStub()


@pytest.fixture
def visitor(gate, stub):
    with served(stub.routes()) as provider:
        stub.issuer = str(provider.base_url).rstrip("/")
        rules = OidcRules(stub.issuer, CLIENT, SECRET, REDIRECT)
        made = Gate(replace(gate.portal, way="oidc", rules=rules))
        gates.set_gate(made)
        with served(login_routes(made.portal), cookie_secret="s" * 32) as client:
            yield Visitor(client, stub)


def person(found):
    return gates.gate().person({COOKIE: found.cookies[COOKIE].strip('"')})


def is_refused(found):
    # Whoever is refused reads why in no word: it is in the log.
    return found.status_code == 403 and COOKIE not in found.cookies and "token" not in found.text


def test_a_code_of_the_provider_becomes_a_cookie(visitor):
    place = visitor.begin(next="/app?page=trends")
    asked = parse_qs(urlsplit(place).query)
    assert (asked["client_id"], asked["redirect_uri"]) == ([CLIENT], [REDIRECT])
    assert asked["scope"] == ["openid email profile"]
    found = visitor.end(visitor.back(place))
    assert found.status_code == 302 and found.headers["Location"] == "/app?page=trends"
    assert (person(found).name, person(found).role) == ("vera@shop.test", "viewer")
    # Nothing of the provider's reaches the browser.
    assert set(found.cookies) == {COOKIE} and "access token" not in str(found.headers)
    assert "HttpOnly" in str(found.headers) and "SameSite=Lax" in str(found.headers)


@pytest.mark.parametrize("methods", [["client_secret_basic"], ["client_secret_post"]])
def test_the_client_says_who_it_is_as_the_provider_wants_it(visitor, stub, methods):
    stub.methods = methods
    assert person(visitor.log_in()).name == "vera@shop.test"


def test_keys_on_curves_are_taken_too(visitor, stub):
    stub.keys["two"], stub.signing = ec.generate_private_key(ec.SECP256R1()), "two"
    assert person(visitor.log_in()).name == "vera@shop.test"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"}, {"aud": ["another"]}, {"aud": None}, {"aud": [CLIENT, "another"]},
        {"aud": [CLIENT, "another"], "azp": "another"}, {"azp": "another"}, {"iss": "https://evil.test"}, {"iss": None},
        {"exp": 1}, {"exp": None}, {"iat": None}, {"iat": IN_A_CENTURY}, {"nonce": None}, {"nonce": "another"},
        {"nonce": ["x"]}, {"sub": None}, {"groups": ["unknown"]}, {"groups": "admins"}, {"groups": []}, {"email": ""},
        {"email": ["vera@shop.test"]}, {"email_verified": False}, {"email_verified": "false"},
    ],
    ids=str,
)  # fmt: skip
def test_whoever_the_provider_does_not_vouch_for_is_refused(visitor, stub, claims):
    stub.claims |= claims
    # What it tells beside the token would do, if the token did not say otherwise.
    stub.userinfo = {"sub": "4711", "email": "vera@shop.test", "groups": ["viewers", "online"]}
    assert is_refused(visitor.log_in())


def test_a_token_for_several_is_taken_where_it_was_given_to_us(visitor, stub):
    stub.claims |= {"aud": [CLIENT, "another"], "azp": CLIENT}
    assert person(visitor.log_in()).name == "vera@shop.test"


def unsigned(claims, **header):
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join(parts) + "."


def forged(stub):
    """Return ways to sign that are not the provider's."""
    public = stub.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def keep(claims):
        head, _, signature = jwt.encode(claims, stub.keys["one"], algorithm="RS256", headers={"kid": "one"}).split(".")
        other = {**claims, "groups": ["admins", "everyone"]}
        return f"{head}.{base64.urlsafe_b64encode(json.dumps(other).encode()).rstrip(b'=').decode()}.{signature}"

    def shared(claims):
        # By hand: PyJWT knows that this secret is a public key.
        head = unsigned(claims, alg="HS256", kid="one").rstrip(".")
        mark = hmac.new(public, head.encode(), hashlib.sha256).digest()
        return f"{head}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"

    return {
        "another key": lambda claims: jwt.encode(claims, OTHER, algorithm="RS256", headers={"kid": "one"}),
        "a key that is not there": lambda claims: jwt.encode(claims, OTHER, algorithm="RS256", headers={"kid": "six"}),
        "another key without a number": lambda claims: jwt.encode(claims, OTHER, algorithm="RS256"),
        "a key of its own": lambda claims: jwt.encode(
            claims, OTHER, algorithm="RS256",
            headers={"jwk": json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER.public_key())), "jku": "https://evil.test"},
        ),
        "algorithm none": lambda claims: unsigned(claims, alg="none", kid="one"),
        "algorithm None": lambda claims: unsigned(claims, alg="None"),
        "no algorithm": lambda claims: unsigned(claims),
        "the public key as a secret": shared,
        "the client's secret": lambda claims: jwt.encode(claims, SECRET * 4, algorithm="HS256", headers={"kid": "one"}),
        "other claims below a good signature": keep,
        "no signature": lambda claims: keep(claims).rpartition(".")[0] + ".",
        "no token": lambda claims: "nonsense",
        "nothing": lambda claims: "",
    }  # fmt: skip


@pytest.mark.parametrize("way", list(forged(ProviderStub())))
def test_what_the_provider_has_not_signed_is_refused(visitor, stub, way):
    stub.sign = forged(stub)[way]
    stub.userinfo = {"sub": "4711", "email": "vera@shop.test", "groups": ["viewers", "online"]}
    assert is_refused(visitor.log_in())


def test_what_the_token_leaves_out_is_asked_for_of_the_same_person_only(visitor, stub):
    stub.claims |= {"groups": None}
    assert is_refused(visitor.log_in())
    stub.userinfo = {"sub": "another", "groups": ["viewers", "online"]}
    assert is_refused(visitor.log_in())
    stub.userinfo = {"sub": "4711", "groups": ["viewers", "online"], "email": "anna@shop.test", "nonce": "x"}
    assert person(visitor.log_in()).name == "vera@shop.test"


def test_a_new_key_is_looked_for_and_an_old_one_is_not_believed_for_ever(stub):
    clock = [0.0]
    with served(stub.routes()) as provider:
        stub.issuer = str(provider.base_url).rstrip("/")
        made = Provider(OidcRules(stub.issuer, CLIENT, SECRET, REDIRECT), lambda: clock[0])

        async def ask():
            return (await made._key(stub.id_token("n"))).key_id

        async def walk():
            assert await ask() == "one" and await ask() == "one"
            assert stub.asked.count("/keys") == 1
            stub.keys["two"], stub.signing = OTHER, "two"
            for _ in range(3):
                with pytest.raises(Refused, match="a key that the provider does not have"):
                    await ask()
            # Whoever comes with numbers of their own has us ask now and then, not each time.
            assert stub.asked.count("/keys") == 1
            clock[0] += PAUSE_S + 1
            assert await ask() == "two" and stub.asked.count("/keys") == 2
            del stub.keys["one"]
            stub.signing = "two"
            clock[0] += KEPT_S
            assert await ask() == "two" and stub.asked.count("/keys") == 3
            assert [key.key_id for key in made._keys] == ["two"]

        asyncio.run(walk())


@pytest.mark.parametrize(
    "change",
    [{"state": "another"}, {"state": ""}, {"state": None}, {"code": None}, {"iss": "https://evil.test"},
     {"code": None, "error": "access_denied"}],
    ids=str,
)  # fmt: skip
def test_an_answer_that_this_browser_has_not_asked_for_is_refused(visitor, change):
    given = {name: text for name, text in {**visitor.back(visitor.begin()), **change}.items() if text is not None}
    assert is_refused(visitor.end(given))
    # Each login is tried once.
    assert BEGUN not in visitor.client.cookies


def test_another_browser_cannot_be_logged_in_by_a_link(visitor):
    theirs = visitor.back(visitor.begin())
    visitor.client.cookies.clear()
    visitor.begin()
    assert is_refused(visitor.end(theirs))


def test_a_code_is_good_once(visitor):
    place = visitor.begin()
    cookie, given = visitor.client.cookies[BEGUN], visitor.back(place)
    assert visitor.end(given).status_code == 302
    visitor.client.cookies.set(BEGUN, cookie)
    assert is_refused(visitor.end(given))


def test_a_login_that_was_begun_long_ago_is_refused(visitor, monkeypatch):
    given = visitor.back(visitor.begin())
    monkeypatch.setattr("retail_panel.portal.oidc_login.BEGUN_S", -1)
    assert is_refused(visitor.end(given))


def test_it_leads_nowhere_else(visitor):
    assert visitor.log_in(next="https://evil.test/").headers["Location"] == "/"


def test_guessing_has_to_wait(visitor):
    found = [visitor.end({"code": "x", "state": "y"}).status_code for _ in range(7)]
    assert found == [403] * 5 + [429] * 2
    assert visitor.client.get("/login").status_code == 429


@pytest.mark.parametrize(
    "described",
    [{"issuer": "https://evil.test"}, {"issuer": None}, {"jwks_uri": "http://evil.test/keys"}, {"token_endpoint": None},
     {"authorization_endpoint": "javascript:alert(1)"}],
    ids=str,
)  # fmt: skip
def test_a_provider_that_is_not_the_one_is_not_asked(visitor, stub, described):
    stub.described = described
    found = visitor.client.get("/login")
    assert found.status_code == 503 and "evil" not in found.text and "does not answer as it should" in found.text
    # It is nobody's fault who logs in, however often they try.
    assert {visitor.client.get("/login").status_code for _ in range(7)} == {503}
    stub.described = {}
    assert visitor.log_in().status_code == 302


@pytest.mark.parametrize(
    "address", ["http://login.test", "ftp://login.test", "login.test", "https://", "https://a@b/", "https://b/?c", "x"]
)
def test_an_issuer_without_tls_is_not_taken(tmp_path, address):
    (tmp_path / "secret").write_text("a secret of the client")
    given = {"client_id": CLIENT, "client_secret_file": "secret", "redirect_url": REDIRECT}

    def read(**more):
        return OidcRules.read(Entries({**given, **more}, tmp_path / "portal.toml"))

    with pytest.raises(UnusableInput, match="issuer = .*; allowed: the https:// address of the provider"):
        read(issuer=address)
    assert read(issuer="https://login.test/a").issuer
    with pytest.raises(UnusableInput, match="scopes = .*; allowed: a list with openid"):
        read(issuer="https://login.test", scopes=["email"])
