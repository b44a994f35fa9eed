"""What is known of a provider of logins, by OAuth 2 and OpenID Connect."""

from dataclasses import dataclass, field

from retail_panel.portal.keys import read_secret

#: Panel's own names of providers.
PROVIDERS = ("generic", "azure", "azurev2", "okta", "google", "gitlab", "auth0")
SCOPES = ("openid", "email", "profile")


@dataclass(frozen=True)
class OidcRules:
    """A provider of logins.

    Attributes
    ----------
    provider : str
        One of :data:`PROVIDERS`; ``generic`` fits any, such as Keycloak.
    client_id, client_secret : str
        As the provider gave them for this workbench.
    redirect_url : str
        Where the provider sends people back, as registered there.
    name, groups : str
        Claims of the person's name and groups.
    scopes : tuple of str
        What is asked for.
    extra : dict of str to str
        The provider's addresses and the like, as Panel names them: ``AUTHORIZE_URL``, ``TOKEN_URL``, ``USER_URL``,
        ``tenant``, ``url``.
    """

    provider: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_url: str
    name: str = "email"
    groups: str = "groups"
    scopes: tuple = SCOPES
    extra: dict = field(default_factory=dict)

    @classmethod
    def read(cls, entries):
        """Read ``[oidc]`` of a portal file."""
        provider = entries.take("provider", str, ", ".join(PROVIDERS), check=PROVIDERS.__contains__)
        texts = {
            name: entries.take(name, str, "a text that is not empty", *usual, check=bool)
            for name, *usual in (("client_id",), ("redirect_url",), ("name", "email"), ("groups", "groups"))
        }
        secret = read_secret(entries.near("client_secret_file"), shortest=8).decode()
        scopes, extra = entries.texts("scopes", list(SCOPES)), entries.table("extra")
        found = {key: extra.take(key, str, "a text") for key, _ in extra.items()}
        entries.done()
        if provider == "generic":
            for key in ("AUTHORIZE_URL", "TOKEN_URL"):
                extra.take(key, str, "an address of the provider")
        return cls(provider, client_secret=secret, scopes=scopes, extra=found, **texts)
