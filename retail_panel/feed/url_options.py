"""The options in a feed's URL, such as ``?name=tills&start=latest``, and those that several kinds of feeds have."""

import math
from datetime import datetime
from urllib.parse import parse_qsl

from retail_panel.errors import UnusableInput
from retail_panel.feed.message import MessageReader
from retail_panel.feed.source import EARLIEST, LATEST


class UrlOptions(dict):
    """Options by name, as texts.

    Parameters
    ----------
    shown : str
        The feed as errors name it, without user and password.
    query : str
        What follows the question mark.
    allowed : tuple of str
        Names of options.
    also : str
        What else is allowed, in words, where names with a dot are.

    Raises
    ------
    UnusableInput
        An option is not allowed.
    """

    def __init__(self, shown, query, allowed, also=""):
        super().__init__(parse_qsl(query, keep_blank_values=True))
        self._shown = shown
        strange = [name for name in self if name not in allowed and not (also and "." in name)]
        if strange:
            raise UnusableInput(f"{shown}: option {strange[0]!r}; allowed: {', '.join(allowed)}{also}")

    def reader(self, default, mapping, limits):
        """Return the reader of the feed's messages, by the options `name` and `line_id`.

        Parameters
        ----------
        default : str
            Name under which the position is kept where none is given.
        mapping, limits
            See :func:`retail_panel.feed.message_plan.message_plan`.

        Returns
        -------
        MessageReader
        """
        line_id = {"line_id": self["line_id"] or None} if "line_id" in self else {}
        return MessageReader(self.get("name") or default, mapping=mapping, limits=limits, **line_id)

    def start(self):
        """Return where the first run begins: ``earliest``, the default, ``latest`` or a datetime.

        Raises
        ------
        UnusableInput
            The option `start` is none of them.
        """
        text = self.get("start", EARLIEST)
        if text in (EARLIEST, LATEST):
            return text
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise UnusableInput(
                f"{self._shown}: start {text!r}; allowed: {EARLIEST}, {LATEST} or an ISO 8601 time"
            ) from None

    def number(self, name, default, low, high, unit="a number"):
        """Return an option that is a number from `low` to `high`.

        Raises
        ------
        UnusableInput
            It is not one; the error says what is allowed, in a unit.
        """
        try:
            value = float(self.get(name, default))
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise UnusableInput(f"{self._shown}: {name} {self[name]!r}; allowed: {unit} from {low:,} to {high:,}")
        return value
