"""A server of Bokeh's that answers to persons only: what `retail-panel serve` changes where a login is set up."""

from retail_panel.portal.carried import CarriedPerson
from retail_panel.portal.door import Door
from retail_panel.portal.gate import gate
from retail_panel.portal.keys import derived


def guarded_kwargs(kwargs):
    """Return what Bokeh's server is made with: the routes of the login, signed sessions, no cookie inside a page."""
    portal = gate().portal
    if portal is None:
        return kwargs
    # Logins need what only the extra for portals brings.
    from retail_panel.portal.login import login_routes

    return {
        **kwargs,
        "extra_patterns": [*kwargs.get("extra_patterns", []), *login_routes(portal)],
        "sign_sessions": True,
        "generate_session_ids": True,
        "secret_key": derived(portal.secret, "sessions"),
        "cookie_secret": derived(portal.secret, "login"),
        "include_cookies": [],
        "exclude_headers": ["Cookie", "Authorization"],
    }


def guard(server):
    """Put the door before a server that was made with :func:`guarded_kwargs`; returns the server."""
    if not gate().is_open:
        Door(server._tornado)
    return server


def carry_person(applications):
    """Have each application's pages carry who asked for them; returns the applications."""
    for application in {id(each): each for each in applications.values()}.values():
        application.add(CarriedPerson())
    return applications
