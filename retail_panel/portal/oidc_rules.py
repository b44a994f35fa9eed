"""What is known of a provider of logins, by OpenID Connect: all else it tells of itself."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from retail_panel.portal.keys import read_secret

SCOPES = ("openid", "email", "profile")
#: Where an address without TLS is let through: it leads to this machine.
HERE = ("localhost", "127.0.0.1", "::1")


def is_safe(address):
    """Whether nobody between can read or change what an address is asked."""
    found = urlsplit(address) if isinstance(address, str) else None
    if found is None or not found.hostname or found.fragment or found.username:
        return False
    return found.scheme == "https" or (found.scheme == "http" and found.hostname in HERE)


@dataclass(frozen=True)
class OidcRules:
    """A provider of logins.

    Attributes
    ----------
    issuer : str
        Its address, as its tokens name it: what follows ``/.well-known/openid-configuration`` below it is believed.
    client_id, client_secret : str
        As the provider gave them for this workbench.
    redirect_url : str
        Where the provider sends people back, as registered there.
    name, groups : str
        Claims of the person's name and groups.
    scopes : tuple of str
        What is asked for.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    name: str = "email"
    groups: str = "groups"
    scopes: tuple = SCOPES

    @classmethod
    def read(cls, entries):
        """Read ``[oidc]`` of a portal file."""
        allowed = "the https:// address of the provider, as its tokens name it"
        issuer = entries.take("issuer", str, allowed, check=lambda text: is_safe(text) and "?" not in text)
        texts = {
            name: entries.take(name, str, "a text that is not empty", *usual, check=bool)
            for name, *usual in (("client_id",), ("redirect_url",), ("name", "email"), ("groups", "groups"))
        }
        secret = read_secret(entries.near("client_secret_file"), shortest=8).decode()
        scopes = entries.texts("scopes", list(SCOPES))
        if "openid" not in scopes:
            raise entries.fault("scopes", list(scopes), "a list with openid")
        entries.done()
        return cls(issuer, client_secret=secret, scopes=scopes, **texts)
