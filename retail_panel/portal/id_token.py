"""Id tokens: what a provider of logins signs of a person, read only if it is signed by its keys, for us, and fresh."""

import hmac

import jwt

from retail_panel.portal.person import Refused
from retail_panel.portal.ticket import LEEWAY_S

#: By public keys alone: no "none", and no secret that a public key could be taken for.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
NEEDED = ("iss", "sub", "aud", "exp", "iat")


def key_of(token, keys):
    """Return the key that a token says it is signed by; None where there is no such one.

    Parameters
    ----------
    token : str
    keys : list of jwt.PyJWK
        Of the provider.

    Raises
    ------
    Refused
        If it is no token.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise Refused(f"the id token cannot be read: {error}") from error
    number = header.get("kid")
    found = [key for key in keys if number is None or key.key_id == number]
    # Without a number there is no choice to make: a provider that has several keys says which.
    return found[0] if len(found) == 1 else None


def claims_of(token, key, rules, nonce):
    """Return the claims of an id token.

    Parameters
    ----------
    token : str
    key : jwt.PyJWK
        As :func:`key_of` found it.
    rules : OidcRules
        Whose issuer and client it has to be of.
    nonce : str
        What was sent along when this login was begun.

    Raises
    ------
    Refused
        If it is not signed by that key, is of another issuer, for somebody else, late, or of another login.
    """
    try:
        claims = jwt.decode(
            token, key, algorithms=list(ALGORITHMS), audience=rules.client_id, issuer=rules.issuer, leeway=LEEWAY_S,
            options={"require": list(NEEDED)},
        )  # fmt: skip
    except (jwt.InvalidTokenError, jwt.InvalidKeyError) as error:
        raise Refused(f"the id token is not valid: {error}") from error
    if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
        raise Refused("the id token is of another login")
    audience = claims["aud"]
    is_shared = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if is_shared else rules.client_id) != rules.client_id:
        raise Refused("the id token was given to somebody else")
    return claims


def person_in(claims, rules):
    """Return (name, groups) that claims tell.

    Raises
    ------
    Refused
        If they name nobody, or by an address that the provider has not verified.
    """
    name, groups = claims.get(rules.name), claims.get(rules.groups, [])
    if not isinstance(name, str) or not name:
        raise Refused(f"the provider does not tell the claim {rules.name!r}")
    # Some providers write truth values as text.
    if rules.name == "email" and str(claims.get("email_verified", True)).lower() != "true":
        raise Refused("the provider has not verified the address")
    if not isinstance(groups, list):
        raise Refused(f"the claim {rules.groups!r} of the provider is no list")
    return name, tuple(group for group in groups if isinstance(group, str))
