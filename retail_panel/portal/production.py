"""Production: what is not safe for others is refused before anything starts."""

from retail_panel.errors import UnusableInput


def refuse_unsafe(settings, portal, origins, is_behind_tls):
    """Raise unless a process may be shown to others.

    Parameters
    ----------
    settings : Settings
        Of the process.
    portal : PortalFile or None
        What its portal file says; reading it fails on a missing secret.
    origins : sequence of str
        Where browsers may open web sockets from.
    is_behind_tls : bool
        Whether a proxy tells by its headers how and from where it was asked.

    Raises
    ------
    UnusableInput
        With every reason at once.
    """
    reasons = []
    if portal is None:
        reasons.append("no login is set up; allowed: a portal file, --portal portal.toml")
    elif portal.way == "passwords":
        reasons.append(f"{settings.portal}: login.way = 'passwords' is for development; allowed: ticket, oidc")
    wild = [origin for origin in origins if "*" in origin]
    if wild:
        reasons.append(f"--allow-websocket-origin {wild[0]} lets every site in; allowed: host:port without *")
    if not origins:
        reasons.append("no origin is named; allowed: --allow-websocket-origin with the host that browsers come by")
    if not is_behind_tls:
        reasons.append("cookies need TLS before the server; allowed: --use-xheaders behind a proxy that sets X-Scheme")
    if portal is not None and portal.way == "ticket" and not portal.rules.login_url.startswith("https://"):
        reasons.append(f"ticket.login_url = {portal.rules.login_url!r}; allowed: an https:// address")
    if portal is not None and portal.way == "oidc":
        for name in ("issuer", "redirect_url"):
            address = getattr(portal.rules, name)
            if not address.startswith("https://"):
                reasons.append(f"oidc.{name} = {address!r}; allowed: an https:// address")
    if reasons:
        raise UnusableInput("production mode refuses to start: " + "; ".join(reasons))
