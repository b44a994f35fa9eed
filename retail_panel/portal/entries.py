"""Entries of a TOML file, taken one by one: a wrong or unknown one is told by file, key, value and what is allowed."""

import tomllib
from pathlib import Path

from retail_panel.errors import UnusableInput

_missing = object()


class Entries:
    """One table of a TOML file.

    Parameters
    ----------
    values : dict
        The table.
    file : str or Path
        Where it stands.
    place : str
        Its name in the file, empty for the top.
    """

    def __init__(self, values, file, place=""):
        self._values, self.file, self._place, self._taken = dict(values), Path(file), place, set()

    @classmethod
    def read(cls, file):
        """Read a file; raises :class:`UnusableInput` where that cannot be done."""
        try:
            return cls(tomllib.loads(Path(file).read_text(encoding="utf-8")), file)
        except OSError as error:
            raise UnusableInput(f"{file}: {error.strerror}; allowed: a readable TOML file") from error
        except ValueError as error:
            raise UnusableInput(f"{file}: {error}; allowed: TOML") from error

    def fault(self, key, value, allowed):
        """Return the error that tells of a value."""
        name = f"{self._place}.{key}" if self._place else key
        return UnusableInput(f"{self.file}: {name} = {value!r}; allowed: {allowed}")

    def take(self, key, kind, allowed, default=_missing, check=None):
        """Return a value of one type, for which ``check`` holds; the default where there is none."""
        self._taken.add(key)
        if key not in self._values:
            if default is _missing:
                raise self.fault(key, None, allowed)
            return default
        value = self._values[key]
        # A truth value counts as whole number in Python, and never is one here.
        if not isinstance(value, kind) or isinstance(value, bool) or (check and not check(value)):
            raise self.fault(key, value, allowed)
        return value

    def texts(self, key, default=_missing):
        """Return a list of texts, as tuple."""
        allowed = "a list of texts that are not empty"
        found = self.take(key, list, allowed, default)
        if not all(isinstance(text, str) and text for text in found):
            raise self.fault(key, found, allowed)
        return tuple(found)

    def near(self, key, default=_missing):
        """Return a path, which is meant from the folder of the file; None where there is none."""
        found = self.take(key, str, "the path of a file", default)
        return None if found is None else self.file.parent / found

    def table(self, key):
        """Return a table inside this one; an empty one where it is missing."""
        found = self.take(key, dict, f"a table, [{key}]", {})
        return Entries(found, self.file, f"{self._place}.{key}" if self._place else key)

    def tables(self, key):
        """Return a list of tables, written as ``[[key]]``."""
        found = self.take(key, list, f"tables, each [[{key}]]", [])
        if not all(isinstance(each, dict) for each in found):
            raise self.fault(key, found, f"tables, each [[{key}]]")
        return [Entries(each, self.file, f"{key}[{n}]") for n, each in enumerate(found, 1)]

    def items(self):
        """Return all entries of a table whose keys are free."""
        self._taken |= set(self._values)
        return list(self._values.items())

    def done(self):
        """Raise where there is an entry that nobody took."""
        for key in sorted(set(self._values) - self._taken):
            raise self.fault(key, self._values[key], f"one of {', '.join(sorted(self._taken))} instead")
