"""Paths of our own that answer only to a person who is logged in."""

from tornado.web import HTTPError, RequestHandler

from retail_panel.portal.person import Refused, person_of


class PersonHandler(RequestHandler):
    """Answers 401 without a login, and 403 without :attr:`right`; ``current_user`` is a Person.

    Attributes
    ----------
    right : str or None
        The right that whoever asks needs, one of :data:`retail_panel.portal.person.RIGHTS`.
    """

    right = None

    def get_current_user(self):
        """Return the person of the request, or None."""
        try:
            return person_of(self.request)
        except Refused:
            return None

    def prepare(self):
        """Refuse whoever may not ask; a handler that overrides this calls it first."""
        self.set_header("Cache-Control", "no-store")
        if self.current_user is None:
            raise HTTPError(401)
        if self.right is not None and not self.current_user.may(self.right):
            raise HTTPError(403)

    def write_error(self, status_code, **kwargs):
        """Answer in one line, without what went wrong inside."""
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.finish(f"{status_code} {self._reason}\n")
