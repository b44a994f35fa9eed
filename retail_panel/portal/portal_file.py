"""The portal file: who may see what, how people log in, how long the audit is kept."""

from dataclasses import dataclass, field

from retail_panel.portal.entries import Entries
from retail_panel.portal.keys import read_secret
from retail_panel.portal.oidc_rules import OidcRules
from retail_panel.portal.passwords import read_people
from retail_panel.portal.roles import Roles
from retail_panel.portal.ticket import TicketRules

WAYS = ("ticket", "oidc", "passwords")


@dataclass(frozen=True)
class PortalFile:
    """What a portal file says.

    Attributes
    ----------
    roles : Roles
        Who may what.
    way : str
        How people log in, one of :data:`WAYS`.
    rules : TicketRules, OidcRules or dict
        Of that way; with passwords, name to :class:`retail_panel.portal.passwords.Known`.
    secret : bytes
        What every key of this process comes from.
    hours : int
        How long a login lasts.
    attempts : int
        Failed logins from one address, or of one name, after which it waits a quarter of an hour.
    audit_days : int
        How long the audit is kept.
    """

    roles: Roles
    way: str
    rules: object = field(repr=False)
    secret: bytes = field(repr=False)
    hours: int = 8
    attempts: int = 5
    audit_days: int = 400

    @classmethod
    def read(cls, file):
        """Read a file.

        Raises
        ------
        UnusableInput
            If it, or a secret that it names, cannot be read or holds what it may not.
        """
        entries = Entries.read(file)
        roles = Roles.read(entries)
        days = entries.take("audit_days", int, "a whole number from 1", 400, lambda number: number > 0)
        login = entries.table("login")
        way = login.take("way", str, ", ".join(WAYS), check=WAYS.__contains__)
        secret = read_secret(login.near("secret_file"))
        hours = login.take("hours", int, "a whole number from 1 to 720", 8, lambda number: 0 < number <= 720)
        attempts = login.take("attempts", int, "a whole number from 1", 5, lambda number: number > 0)
        login.done()
        readers = {"ticket": TicketRules.read, "oidc": OidcRules.read, "passwords": read_people}
        rules = readers[way](entries.tables("passwords") if way == "passwords" else entries.table(way))
        entries.done()
        return cls(roles, way, rules, secret, hours, attempts, days)
