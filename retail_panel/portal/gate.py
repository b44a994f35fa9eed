"""The gate of this process: turns what a browser shows into a person; nothing of a visitor stays here."""

import json
import secrets
import threading
import time

from tornado.web import create_signed_value, decode_signed_value

from retail_panel.errors import RetailPanelError
from retail_panel.portal.keys import derived
from retail_panel.portal.person import LOCAL, Refused
from retail_panel.settings import load_settings

#: The one cookie of a login: name, groups and time, signed.
COOKIE = "retail_panel_person"


class Gate:
    """Knows who may enter.

    Parameters
    ----------
    portal : PortalFile or None
        None lets everyone in as :data:`retail_panel.portal.person.LOCAL`.
    now : callable
        Seconds since the epoch.
    """

    def __init__(self, portal=None, now=time.time):
        self.portal, self._now = portal, now
        self._key = derived(portal.secret, "cookie") if portal else b""
        self._carried_key = derived(portal.secret, "session") if portal else b""
        self._lock, self._revoked = threading.Lock(), {}

    @property
    def is_open(self):
        """Whether there is no login."""
        return self.portal is None

    def admit(self, name, groups):
        """Return the cookie of somebody who has just logged in.

        Raises
        ------
        Refused
            If they have no role or no rows.
        """
        self.portal.roles.person(name, groups)
        # The number makes each login one of its own, to be ended alone.
        text = json.dumps([name, sorted(groups), int(self._now()), secrets.token_hex(8)])
        return create_signed_value(self._key, COOKIE, text, clock=self._now).decode()

    def person(self, cookies):
        """Return whose the cookies of a request are.

        Parameters
        ----------
        cookies : dict of str to str
            All of them.

        Raises
        ------
        Refused
            If there is no valid login among them, or its person has no role or no rows any more.
        """
        if self.portal is None:
            return LOCAL
        return self._read(self._key, cookies.get(COOKIE))

    def carry(self, cookies):
        """Return what stands for the person of some cookies in a page, where scripts could read it: no login."""
        text = self._signed(self._key, cookies.get(COOKIE))
        return create_signed_value(self._carried_key, COOKIE, text, clock=self._now).decode()

    def carried(self, text):
        """Return the person of what :meth:`carry` returned; raises as :meth:`person`."""
        return self._read(self._carried_key, text)

    def revoke(self, cookie):
        """Let nobody in by a cookie any more, as long as this process runs; nor by what it carried."""
        text, now = self._signed(self._key, cookie), self._now()
        with self._lock:
            self._revoked = {other: until for other, until in self._revoked.items() if until > now}
            self._revoked[text] = now + self.portal.hours * 3600

    def _signed(self, key, cookie):
        # The version is fixed, and the age checked here, since Tornado counts it in whole days at least.
        text = decode_signed_value(key, COOKIE, cookie, 31, clock=self._now, min_version=2)
        if text is None or text in self._revoked:
            raise Refused("nobody is logged in; allowed: whoever comes with a login of this workbench")
        return text

    def _read(self, key, cookie):
        name, groups, since, _ = json.loads(self._signed(key, cookie))
        if not 0 <= self._now() - since <= self.portal.hours * 3600:
            raise Refused(f"the login is older than {self.portal.hours} hours")
        return self.portal.roles.person(name, groups)


_making = threading.Lock()
_made = None


def gate(file=None):
    """Return the gate of this process, made by whoever asks first.

    Parameters
    ----------
    file : str, optional
        The portal file, for the one who asks first; default: what the settings say.
    """
    global _made
    with _making:
        if _made is None:
            file = file or load_settings().portal
            _made = Gate(read_portal(file) if file else None)
        return _made


def read_portal(file):
    """Return what a portal file says; needs the extra ``portal``."""
    try:
        from retail_panel.portal.portal_file import PortalFile
    except ModuleNotFoundError as error:
        raise RetailPanelError(f"a login needs {error.name}: pip install 'retail-panel[portal]'") from error
    return PortalFile.read(file)


def set_gate(made):
    """Put another gate in place, such as after the portal file changed; returns the one before."""
    global _made
    with _making:
        before, _made = _made, made
        return before
