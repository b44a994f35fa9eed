"""A small provider of logins by OpenID Connect, for tests: it signs what a test tells it to."""

import base64
import hashlib
import json
import secrets
import time
from urllib.parse import unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tornado.web import RequestHandler

CLIENT, SECRET, REDIRECT = "retail-panel", "a secret: of the client", "http://shop.test/login"


class ProviderStub:
    """What the provider knows; a test changes it to have it lie.

    Attributes
    ----------
    issuer : str
        Its address; set once its server listens.
    keys : dict of str to private key
        By number; all of them are in its key set.
    signing : str
        The number of the one that signs.
    claims : dict
        Of the person who logs in, over the usual ones; a value of None leaves a claim out.
    userinfo : dict or None
        What it tells of the person beside the token.
    described : dict
        What it says of itself, over the usual.
    sign : callable or None
        Makes an id token of claims in place of the usual way.
    asked : list
        Paths that it was asked for.
    """

    def __init__(self):
        self.issuer, self.signing = None, "one"
        self.keys = {"one": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.claims = {"email": "vera@shop.test", "email_verified": True, "groups": ["viewers", "online"]}
        self.userinfo, self.described, self.sign, self.asked, self.codes = None, {}, None, [], {}
        self.methods = ["client_secret_basic"]

    def routes(self):
        """Return its routes."""
        kinds = {"/.well-known/openid-configuration": Description, "/keys": Keys, "/authorize": Authorize,
                 "/token": Token, "/userinfo": UserInfo}  # fmt: skip
        return [(path, kind, {"stub": self}) for path, kind in kinds.items()]

    def key_set(self):
        """Return its public keys, as it publishes them."""
        found = []
        for number, key in self.keys.items():
            is_curve = isinstance(key, ec.EllipticCurvePrivateKey)
            kind = jwt.algorithms.ECAlgorithm if is_curve else jwt.algorithms.RSAAlgorithm
            found.append({**json.loads(kind.to_jwk(key.public_key())), "kid": number, "use": "sig"})
        return {"keys": found}

    def id_token(self, nonce):
        """Return a token of the person who logs in."""
        now = int(time.time())
        usual = {"iss": self.issuer, "sub": "4711", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce}
        claims = {name: value for name, value in {**usual, **self.claims}.items() if value is not None}
        if self.sign is not None:
            return self.sign(claims)
        key = self.keys[self.signing]
        algorithm = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": self.signing})


class Stubbed(RequestHandler):
    """One of its handlers."""

    def initialize(self, stub):
        self.stub = stub

    def prepare(self):
        self.stub.asked.append(self.request.path)


class Description(Stubbed):
    """What it says of itself."""

    def get(self):
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys",
                  "userinfo_endpoint": "/userinfo"}  # fmt: skip
        found = {name: self.stub.issuer + path for name, path in places.items()}
        found["token_endpoint_auth_methods_supported"] = self.stub.methods
        self.finish({"issuer": self.stub.issuer, **found, **self.stub.described})


class Keys(Stubbed):
    """Its public keys."""

    def get(self):
        self.finish(self.stub.key_set())


class Authorize(Stubbed):
    """Lets whoever comes in at once, and sends them back with a code."""

    def get(self):
        asked = {name: self.get_query_argument(name) for name in (
            "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
            "code_challenge_method")}  # fmt: skip
        code = secrets.token_urlsafe(16)
        self.stub.codes[code] = asked
        self.redirect(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")


class Token(Stubbed):
    """Exchanges a code, once, for whoever asked for it."""

    def post(self):
        asked = self.stub.codes.pop(self.get_body_argument("code"), None)
        challenge = hashlib.sha256(self.get_body_argument("code_verifier").encode()).digest()
        expected = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        if (
            asked is None
            or self._client() != (CLIENT, SECRET)
            or self.get_body_argument("grant_type") != "authorization_code"
            or self.get_body_argument("redirect_uri") != asked["redirect_uri"]
            or (asked["code_challenge_method"], asked["code_challenge"]) != ("S256", expected)
        ):
            self.set_status(400)
            self.finish({"error": "invalid_grant"})
            return
        given = {"access_token": "an access token", "token_type": "Bearer"}
        self.finish({**given, "id_token": self.stub.id_token(asked["nonce"])})

    def _client(self):
        if self.stub.methods == ["client_secret_post"]:
            return self.get_body_argument("client_id"), self.get_body_argument("client_secret")
        pair = base64.b64decode(self.request.headers["Authorization"].removeprefix("Basic ")).decode()
        return tuple(map(unquote, pair.split(":")))


class UserInfo(Stubbed):
    """What it tells beside the token."""

    def get(self):
        if self.stub.userinfo is None or self.request.headers["Authorization"] != "Bearer an access token":
            self.set_status(401)
            return
        self.finish(self.stub.userinfo)
