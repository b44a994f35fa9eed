"""Tickets: what the portal signs to hand a person over, so that they are not asked to log in again."""

import threading
import time
from dataclasses import dataclass, field

import jwt

from retail_panel.errors import UnusableInput
from retail_panel.portal.keys import read_secret
from retail_panel.portal.person import Refused

#: No "none", and nothing that a public key could be taken for a shared secret with.
SHARED, PUBLIC = ("HS256",), ("EdDSA", "ES256", "RS256", "PS256")
#: Seconds that clocks may differ, and that a ticket may be valid at most.
LEEWAY_S, LONGEST_S = 10, 300
NEEDED = ("exp", "iat", "aud", "iss", "jti")


@dataclass(frozen=True)
class TicketRules:
    """What a ticket has to be.

    Attributes
    ----------
    key : str or bytes
        Public key of the portal as PEM text; the shared secret for HS256.
    algorithm : str
        The one that tickets are signed by.
    issuer, audience : str
        The portal, and this workbench.
    login_url : str
        Where people without a login are sent: a page of the portal that makes a ticket and sends them back.
    name, groups : str
        Claims of the person's name and groups.
    """

    key: object = field(repr=False)
    algorithm: str
    issuer: str
    audience: str
    login_url: str
    name: str = "sub"
    groups: str = "groups"

    @classmethod
    def read(cls, entries):
        """Read ``[ticket]`` of a portal file."""
        known = (*PUBLIC, *SHARED)
        algorithm = entries.take("algorithm", str, ", ".join(known), check=known.__contains__)
        file = entries.near("key_file")
        texts = {
            name: entries.take(name, str, "a text that is not empty", *usual, check=bool)
            for name, *usual in (("issuer",), ("audience",), ("name", "sub"), ("groups", "groups"))
        }
        web = entries.take("login_url", str, "an https:// address", check=_is_address)
        entries.done()
        return cls(_key(file, algorithm), algorithm, login_url=web, **texts)


def _is_address(text):
    return text.startswith(("https://", "http://"))


def _key(file, algorithm):
    if algorithm in SHARED:
        return read_secret(file)
    try:
        text = file.read_text(encoding="utf-8")
        # The algorithm's own reader refuses keys of another kind.
        jwt.get_algorithm_by_name(algorithm).prepare_key(text)
    except (OSError, ValueError, TypeError, jwt.InvalidKeyError) as error:
        raise UnusableInput(f"ticket.key_file {file}: {error}; allowed: a public key in PEM for {algorithm}") from error
    if "PRIVATE" in text:
        raise UnusableInput(f"ticket.key_file {file}: a private key; allowed: the public one, the other stays secret")
    return text


class TicketBooth:
    """Takes each ticket once.

    Parameters
    ----------
    rules : TicketRules
        What a ticket has to be.
    now : callable
        Seconds since the epoch.
    """

    def __init__(self, rules, now=time.time):
        self._rules, self._now = rules, now
        self._lock = threading.Lock()
        self._used = {}

    def take(self, text):
        """Return (name, groups) of a ticket and never take it again.

        Raises
        ------
        Refused
            If it is not signed as agreed, late, for somebody else, too long valid, or was used before; the reason is
            for the log, not for whoever shows it.
        """
        rules = self._rules
        try:
            claims = jwt.decode(
                text, rules.key, algorithms=[rules.algorithm], audience=rules.audience, issuer=rules.issuer,
                leeway=LEEWAY_S, options={"require": list(NEEDED)},
            )  # fmt: skip
        except jwt.InvalidTokenError as error:
            raise Refused(f"the ticket is not valid: {error}") from error
        if claims["exp"] - claims["iat"] > LONGEST_S:
            raise Refused(f"the ticket is valid for more than {LONGEST_S} s")
        name, groups = claims.get(rules.name), claims.get(rules.groups, [])
        if not isinstance(name, str) or not name:
            raise Refused(f"the ticket has no claim {rules.name!r} that names a person")
        if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
            raise Refused(f"the claim {rules.groups!r} of the ticket is not a list of texts")
        self._use(claims)
        return name, tuple(groups)

    def _use(self, claims):
        number, now = str(claims["jti"]), self._now()
        with self._lock:
            self._used = {other: until for other, until in self._used.items() if until > now}
            if number in self._used:
                raise Refused("the ticket was used before")
            self._used[number] = claims["exp"] + 2 * LEEWAY_S
