"""What separates the fields of a text, from its beginning."""

from retail_panel.errors import UnusableInput
from retail_panel.intake.names import known_names, normal
from retail_panel.intake.records import scan, split_fields

HEAD_BYTES = 256 * 1024
DELIMITERS = (",", ";", "\t", "|")
BLANKS = "blanks"


def named_delimiter(delimiter):
    """Return the delimiter a user names: a character, ``tab`` or ``blanks``; raises :class:`UnusableInput`."""
    delimiter = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": BLANKS}.get(
        delimiter, delimiter
    )
    if delimiter != BLANKS and (len(delimiter) != 1 or ord(delimiter) > 127 or delimiter in '"\n\r'):
        raise UnusableInput(f"delimiter {delimiter!r}: one ASCII character, tab or {BLANKS} is allowed")
    return delimiter


def delimiter_of(text):
    """Return the delimiter under which the first lines are alike and the header has the most known names."""
    best, best_score = ",", (False, 0, 0.0)
    for delimiter in DELIMITERS:
        rows = first_rows(text, delimiter)
        widths = [len(row) for row in rows]
        if not widths or widths[0] < 2:
            continue
        share = widths.count(widths[0]) / len(widths)
        names = {normal(value) for value in rows[0]}
        score = (share >= 0.5, len(names & known_names()), share * widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    if not best_score[0]:
        widths = [len(line.split()) for line in text.split("\n")[:200] if line.strip()]
        if len(widths) > 1 and widths[0] >= 3 and widths[:-1].count(widths[0]) >= 0.95 * len(widths[:-1]):
            return BLANKS
    return best


def first_rows(text, delimiter):
    """Return the first 200 or so records as lists of fields; a record cut off at the end is left out."""
    if delimiter == BLANKS:
        return [line.split() for line in text.split("\n")[:201] if line.strip()]
    raw, rows = text.encode(), []
    for start, stop, _ in scan(raw, delimiter.encode()):
        record = raw[start:stop].decode().rstrip("\n")
        if record.strip():
            rows.append(split_fields(record, delimiter))
        if len(rows) > 200:
            break
    if len(rows) > 2 and len(text) >= HEAD_BYTES // 4:
        rows.pop()
    return rows
