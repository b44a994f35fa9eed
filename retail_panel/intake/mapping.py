"""The user's own word on a source: a small TOML file or options of a command, laid over what is recognised.

::

    table = "order_line"            # or stock, feedback; recognised when left out

    [columns]                       # role = "source column"; an empty text leaves a role out
    ordered_at = "Sold on"
    tier = ""

    [constants]                     # text for every row
    brand = "Ash & Oak"

    [options]
    date_format = "day-first"       # or month-first, or a strptime format such as "%d.%m.%Y"
    decimal_mark = ","
    returns = "positive"            # how the source writes returns: negative, positive or auto
    timezone = "Europe/London"      # shop time, for stamps with an offset
    outliers = 5.0                  # robust standard deviations of log amount
    encoding = "cp1252"
    delimiter = ";"
"""

import tomllib
import zoneinfo
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from retail_panel.errors import UnusableInput
from retail_panel.intake.synonyms import NAMES

CONSTANT_ROLES = (
    "brand",
    "channel",
    "store",
    "country",
    "category",
    "product",
    "description",
    "tier",
    "currency",
    "scale",
)


@dataclass(frozen=True)
class Mapping:
    """What the user says about a source; every field may be left out.

    Parameters
    ----------
    table : str, optional
        ``order_line``, ``stock`` or ``feedback``.
    columns : dict of str to str
        Role to source column; an empty column leaves the role out.
    constants : dict of str to str
        Role to the text of every row.
    date_format : str, optional
        ``day-first``, ``month-first`` or a strptime format.
    decimal_mark : {'.', ','}, optional
    returns : {'auto', 'negative', 'positive'}
        How the source writes the amount of a return.
    timezone : str, optional
        IANA name of the shop's zone; stamps with an offset are turned to it.
    outliers : float
        Robust standard deviations of log amount beyond which an amount is marked.
    encoding, delimiter : str, optional
        Of delimited text.

    Raises
    ------
    UnusableInput
        A value that is not allowed.
    """

    table: str | None = None
    columns: dict = field(default_factory=dict)
    constants: dict = field(default_factory=dict)
    date_format: str | None = None
    decimal_mark: str | None = None
    returns: str = "auto"
    timezone: str | None = None
    outliers: float = 5.0
    encoding: str | None = None
    delimiter: str | None = None

    def __post_init__(self):
        _one_of("table", self.table, (None, *NAMES))
        _one_of("decimal_mark", self.decimal_mark, (None, ".", ","))
        _one_of("returns", self.returns, ("auto", "negative", "positive"))
        roles = {role for table in NAMES.values() for role in table}
        for role, column in self.columns.items():
            _one_of("role under [columns]", role, sorted(roles))
            _text(f"columns.{role}", column)
        for role, text in self.constants.items():
            _one_of("role under [constants]", role, CONSTANT_ROLES)
            _text(f"constants.{role}", text)
        for name in ("date_format", "timezone", "encoding", "delimiter"):
            if getattr(self, name) is not None:
                _text(name, getattr(self, name))
        if self.date_format and self.date_format not in ("day-first", "month-first") and "%" not in self.date_format:
            raise UnusableInput(
                f"date_format {self.date_format!r}: day-first, month-first or a strptime format such as "
                "%d.%m.%Y is allowed"
            )
        if (
            isinstance(self.outliers, bool)
            or not isinstance(self.outliers, int | float)
            or not 1 <= self.outliers <= 100
        ):
            raise UnusableInput(f"outliers {self.outliers!r}: a number from 1 to 100 is allowed")
        if self.timezone:
            try:
                zoneinfo.ZoneInfo(self.timezone)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                raise UnusableInput(
                    f"timezone {self.timezone!r}: an IANA name such as Europe/London is allowed"
                ) from None

    @classmethod
    def read(cls, path):
        """Read a mapping file.

        Parameters
        ----------
        path : str or pathlib.Path
            TOML as shown above.

        Returns
        -------
        Mapping

        Raises
        ------
        UnusableInput
            No such file, not TOML, or a key or value that is not allowed.
        """
        path = Path(path)
        try:
            found = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise UnusableInput(f"{path}: the mapping file cannot be read ({error.strerror})") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UnusableInput(f"{path}: the mapping file is not TOML ({error})") from error
        sections = ("columns", "constants", "options")
        for name in sections:
            if not isinstance(found.get(name, {}), dict):
                raise UnusableInput(f"{path}: {name} must be a section, [{name}]")
        values = {**{k: v for k, v in found.items() if k != "options"}, **found.get("options", {})}
        allowed = {f.name for f in fields(cls)}
        for key in values:
            if key not in allowed:
                raise UnusableInput(f"{path}: key {key!r} is not known; allowed are {', '.join(sorted(allowed))}")
        try:
            return cls(**values)
        except UnusableInput as error:
            raise UnusableInput(f"{path}: {error}") from None

    def with_options(self, **options):
        """Return a copy with the options that are not None laid over it."""
        return replace(self, **{name: value for name, value in options.items() if value is not None})


def _one_of(name, value, allowed):
    if value not in allowed:
        names = ", ".join(str(choice) for choice in allowed if choice is not None)
        raise UnusableInput(f"{name} {value!r}: one of {names} is allowed")


def _text(name, value):
    if not isinstance(value, str):
        raise UnusableInput(f"{name} {value!r}: a text is allowed")
