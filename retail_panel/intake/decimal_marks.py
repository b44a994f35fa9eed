"""Deciding from a whole column whether the comma or the dot is the decimal mark."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.errors import UnusableInput

#: A reading that fewer than this share of the telling values speak for is taken for a few stray values.
STRAY_SHARE = 0.05


def _shapes(point, group):
    """Return patterns of texts that can only have `point` as decimal mark, and of those that leave it open."""
    telling = (
        rf"^[^0-9.,]*([0-9]*{point}([0-9]{{1,2}}|[0-9]{{4,}})|0[0-9]*{point}[0-9]{{3}}|[0-9]{{4,}}{point}[0-9]{{3}}"
        rf"|{point}[0-9]+|[0-9]{{1,3}}({group}[0-9]{{2,3}})*{group}[0-9]{{3}}{point}[0-9]*"
        rf"|[0-9]{{1,3}}({group}[0-9]{{2,3}})+{group}[0-9]{{3}})([eE][-+]?[0-9]+)?[^0-9.,]*$"
    )
    return telling, rf"^[^0-9.,]*[1-9][0-9]{{0,2}}{point}[0-9]{{3}}[^0-9.,]*$"


#: The usual case: whole, or a dot and one or two digits.
_PLAIN = r"^-?[0-9]+(\.[0-9]{1,2})?$"
_PATTERNS = {".": _shapes(r"\.", ","), ",": _shapes(",", r"\.")}


class MarkEvidence:
    """What a column's texts say about its decimal mark, gathered block by block."""

    def __init__(self):
        self.telling = {".": 0, ",": 0}
        self.open = 0
        self.example = {".": "", ",": "", "open": ""}

    def add(self, texts, counts):
        """Add distinct texts (pyarrow strings without nulls) and how often each came (int array)."""
        plain = np.asarray(pc.match_substring_regex(texts, _PLAIN))
        dots = plain & (np.asarray(pc.find_substring(texts, ".")) >= 0)
        self.telling["."] += int(counts[dots].sum())
        self._note(".", texts, dots)
        marked = pa.array(~plain)
        if plain.all():
            return
        counts = counts[~plain]
        texts = pc.replace_substring_regex(texts.filter(marked), r"[\s\x{a0}\x{2009}\x{202f}'’_]", "")
        for mark, (telling, unclear) in _PATTERNS.items():
            hits = np.asarray(pc.match_substring_regex(texts, telling))
            self.telling[mark] += int(counts[hits].sum())
            self._note(mark, texts, hits)
            hits = np.asarray(pc.match_substring_regex(texts, unclear))
            self.open += int(counts[hits].sum())
            self._note("open", texts, hits)

    def _note(self, what, texts, hits):
        if not self.example[what] and hits.any():
            self.example[what] = texts[int(np.argmax(hits))].as_py()[:40]

    def decide(self, where):
        """Return '.' or ',', or None when the column leaves it open.

        Raises
        ------
        UnusableInput
            Both marks are used.
        """
        dots, commas = self.telling["."], self.telling[","]
        if dots and commas and min(dots, commas) > STRAY_SHARE * (dots + commas):
            raise UnusableInput(
                f"{where}: {dots:,} values have a decimal dot (such as {self.example['.']!r}) and {commas:,} a decimal "
                f"comma (such as {self.example[',']!r}); say which with --decimal-mark . or , (decimal_mark in a "
                "mapping file); the others are then set aside"
            )
        if dots or commas:
            return "." if dots >= commas else ","
        return None if self.open else "."
