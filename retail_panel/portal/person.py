"""The person who visits: role, rights, and the rows they may see."""

from dataclasses import dataclass

from retail_panel.errors import RetailPanelError
from retail_panel.store import EVERYTHING, RowPolicy

#: What a person may be allowed beside seeing figures.
RIGHTS = frozenset({"see_customers", "export", "admin"})
#: Roles, the one that may least first.
ROLES = ("viewer", "analyst", "admin")


class Refused(RetailPanelError):
    """Nobody known is logged in, or whoever is has no access."""


@dataclass(frozen=True)
class Person:
    """One person.

    Attributes
    ----------
    name : str
        As the login has it.
    role : str
        One of :data:`ROLES`.
    policy : RowPolicy
        The rows they may see.
    rights : frozenset of str
        Some of :data:`RIGHTS`.
    min_customers : int
        Groups of fewer customers are kept from them; 0 and 1 keep nothing.
    """

    name: str
    role: str
    policy: RowPolicy
    rights: frozenset
    min_customers: int = 0

    def may(self, right):
        """Whether they have one of :data:`RIGHTS`."""
        if right not in RIGHTS:
            raise ValueError(f"no such right: {right!r}; allowed: {', '.join(sorted(RIGHTS))}")
        return right in self.rights


#: Whoever visits where no login is set up: the server then listens to this machine only.
LOCAL = Person("local", "admin", EVERYTHING, RIGHTS)


def person_of(request):
    """Return the person behind a request.

    Parameters
    ----------
    request : tornado.httputil.HTTPServerRequest, bokeh session context, or anything with ``cookies``
        A session context speaks of the request that began the session.

    Raises
    ------
    Refused
        If a login is set up and the request carries no valid one, or its person has no role or no rows.
    """
    from retail_panel.portal.gate import gate

    carried = (getattr(request, "token_payload", None) or {}).get("person")
    if carried is not None:
        return gate().carried(carried)
    found = getattr(request, "request", request)
    cookies = getattr(found, "cookies", None) or {}
    return gate().person({name: getattr(value, "value", value) for name, value in cookies.items()})


def current_person():
    """Return the person of the Panel session at hand; as :func:`person_of` where nobody is logged in."""
    import panel as pn

    document = pn.state.curdoc
    return person_of(document.session_context if document is not None else None)
