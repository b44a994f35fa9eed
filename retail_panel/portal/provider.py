"""A provider of logins, asked from here: what it says of itself, its keys, and what a code is worth."""

import asyncio
import json
import time
from base64 import b64encode
from urllib.parse import quote, urlencode

import jwt
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from retail_panel.errors import RetailPanelError
from retail_panel.portal.id_token import claims_of, key_of
from retail_panel.portal.oidc_rules import is_safe
from retail_panel.portal.person import Refused

#: Where a provider describes itself, below its issuer.
DESCRIPTION = "/.well-known/openid-configuration"
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
#: Seconds: for an answer, for which keys are believed, and between two looks for a key that is not among them.
PATIENCE_S, KEPT_S, PAUSE_S = 10, 3600, 30


class NoAnswer(RetailPanelError):
    """The provider cannot be asked now, which is nobody's fault who logs in."""


class Provider:
    """One provider.

    Parameters
    ----------
    rules : OidcRules
    now : callable
        Seconds that only grow.
    """

    def __init__(self, rules, now=time.monotonic):
        self._rules, self._now = rules, now
        self._lock = asyncio.Lock()
        self._described, self._keys, self._asked_at = None, [], None

    async def description(self):
        """Return what the provider says of itself, asked once.

        Raises
        ------
        NoAnswer
            If it cannot be asked, is somebody else, or names an address that is not safe.
        """
        if self._described is None:
            found = await self._ask(self._rules.issuer.rstrip("/") + DESCRIPTION)
            if found.get("issuer") != self._rules.issuer:
                raise NoAnswer(f"the provider calls itself {found.get('issuer')!r}; allowed: {self._rules.issuer}")
            for name in NEEDED:
                if not is_safe(found.get(name)):
                    raise NoAnswer(f"the provider's {name} is {found.get(name)!r}; allowed: an https:// address")
            self._described = found
        return self._described

    async def person_claims(self, code, verifier, nonce):
        """Return the claims of whoever came back with a code.

        Parameters
        ----------
        code, verifier, nonce : str
            What the provider gave, and what this login was begun with.

        Raises
        ------
        Refused
            If the code is worth nothing, or what it is exchanged for is not to be believed.
        NoAnswer
            If the provider cannot be asked.
        """
        found = await self._exchange(code, verifier)
        token, rules = found.get("id_token"), self._rules
        if not isinstance(token, str):
            raise Refused("the provider gave no id token")
        claims = claims_of(token, await self._key(token), rules, nonce)
        place = (await self.description()).get("userinfo_endpoint")
        if {rules.name, rules.groups} <= set(claims) or not is_safe(place):
            return claims
        more = await self._ask(place, headers={"Authorization": f"Bearer {found.get('access_token')}"})
        if more.get("sub") != claims["sub"]:
            raise Refused("the provider tells of somebody else")
        return {**more, **claims}

    async def _exchange(self, code, verifier):
        rules, described = self._rules, await self.description()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": rules.redirect_url,
                "code_verifier": verifier}  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if "client_secret_basic" in described.get("token_endpoint_auth_methods_supported", ("client_secret_basic",)):
            pair = ":".join(quote(text, safe="") for text in (rules.client_id, rules.client_secret))
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": rules.client_id, "client_secret": rules.client_secret}
        return await self._ask(described["token_endpoint"], method="POST", body=urlencode(form), headers=headers)

    async def _key(self, token):
        async with self._lock:
            since = None if self._asked_at is None else self._now() - self._asked_at
            found = key_of(token, self._keys) if since is not None and since < KEPT_S else None
            # Keys change: one that is not known is looked for, but not as often as somebody likes.
            if found is None and (since is None or since > PAUSE_S):
                self._keys = _keys(await self._ask((await self.description())["jwks_uri"]))
                self._asked_at = self._now()
                found = key_of(token, self._keys)
        if found is None:
            raise Refused("the id token is signed by a key that the provider does not have")
        return found

    async def _ask(self, url, **more):
        try:
            answer = await AsyncHTTPClient().fetch(
                url, follow_redirects=False, connect_timeout=PATIENCE_S, request_timeout=PATIENCE_S, **more
            )
            found = json.loads(answer.body)
        except HTTPClientError as error:
            kind = Refused if 400 <= error.code < 500 else NoAnswer
            raise kind(f"the provider answered {error.code} at {url}") from error
        except (OSError, ValueError) as error:
            raise NoAnswer(f"the provider could not be asked at {url}: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise NoAnswer(f"the provider answered with no object at {url}")
        return found


def _keys(found):
    """Return the keys of a provider that sign; others, and those of kinds that are not known, are left out."""
    listed = found.get("keys")
    made = []
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and each.get("kty") in ("RSA", "EC", "OKP") and each.get("use", "sig") == "sig":
            try:
                made.append(jwt.PyJWK(each))
            except (jwt.PyJWKError, jwt.InvalidKeyError, ValueError, TypeError, KeyError):
                continue
    return made
