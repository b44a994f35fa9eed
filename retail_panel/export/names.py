"""File names by content and date that every system takes."""

import re
import unicodedata

MOST_BYTES = 120
_BETWEEN = re.compile(r"[\W_]+")
# Devices of Windows, which no file may be called, whatever its suffix.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


def file_name(*content, day=None, suffix):
    """Name a file.

    Parameters
    ----------
    *content : str
        What the file holds, from the general to the particular, such as ``"customers", "Champions"``.
    day : datetime.date, optional
        As of when.
    suffix : str
        Such as ``csv``.

    Returns
    -------
    str
        Lower case letters and digits of any script, without accents where the script is Latin, joined by hyphens; the
        content is cut at :data:`MOST_BYTES` bytes, the day never is.

    Examples
    --------
    >>> import datetime
    >>> file_name("customers", "Can't Lose", day=datetime.date(2024, 6, 30), suffix="csv")
    'customers-can-t-lose-2024-06-30.csv'
    """
    folded = unicodedata.normalize("NFC", "".join(map(_unaccented, " ".join(map(str, content)).casefold())))
    stem = _cut(_BETWEEN.sub("-", folded).strip("-")) or "export"
    if day is not None:
        stem += f"-{day.isoformat()}"
    elif stem in _DEVICES:
        stem = f"export-{stem}"
    return f"{stem}.{suffix}"


def _unaccented(letter):
    plain = unicodedata.normalize("NFKD", letter)
    return "".join(c for c in plain if not unicodedata.combining(c)) if plain[:1].isascii() else letter


def _cut(stem):
    return stem.encode()[:MOST_BYTES].decode(errors="ignore").rstrip("-")
