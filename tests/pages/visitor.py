"""What a visitor finds on a page and does there, without a browser."""

import re
from html import unescape


def parts(place):
    """Return everything inside a layout, or inside each of a list of them."""
    if isinstance(place, list | tuple):
        return [part for each in place for part in parts(each)]
    return list(place.select())


def all_of(place, kind=None, **wanted):
    """Return the parts of a class name and with the given attributes."""
    missing = object()
    return [
        part for part in parts(place)
        if kind in (None, type(part).__name__)
        and all(getattr(part, name, missing) == value for name, value in wanted.items())
    ]  # fmt: skip


def one(place, kind=None, **wanted):
    """Return the only such part."""
    found = all_of(place, kind, **wanted)
    assert len(found) == 1, f"{len(found)} parts are {kind} {wanted}"
    return found[0]


def press(button):
    """Press a button."""
    button.param.trigger("clicks")


def words(place):
    """Return the visible texts of a place, tags left out."""
    texts = [part.object for part in parts(place) if isinstance(getattr(part, "object", None), str)]
    return [" ".join(re.sub(r"<[^>]*>", " ", unescape(read(text))).split()) for text in texts]


def read(markdown):
    """Return a text as Markdown shows it that means its marks as they are."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


def rows_of(html):
    """Return the cells of an HTML table, row by row, the head left out."""
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition("<tbody>")[2], re.S)
    return [[unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in rows]
