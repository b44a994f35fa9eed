"""Taking out of log lines what is about people, and what lets somebody in."""

import re
import traceback

HIDDEN = "…"
_NAMES = "(?:set-)?cookie|token|secret|password|(?:bokeh-)?session[ _-]?id"
_RULES = (
    # What follows a path: filters with customers' names, session tokens.
    (re.compile(r"(?<=[\w/.-])\?[^\s'\")>]+"), f"?{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    (re.compile(rf"(?i)\b({_NAMES})(['\"]?\s*[=:]\s*)[^\s,;)]+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), HIDDEN),
    # Addresses of visitors; of IPv6 only what is long enough not to be a time.
    (re.compile(r"\b\d{1,3}(\.\d{1,3}){3}\b"), HIDDEN),
    (re.compile(r"(?i)(?<![\w:])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){4})[0-9a-f]*(:[0-9a-f]*){2,}(?![\w:])"), HIDDEN),
    # Session ids, tokens and signatures.
    (re.compile(r"(?<![\w/.-])[A-Za-z0-9_-]{32,}(\.[A-Za-z0-9_-]+)*"), HIDDEN),
)  # fmt: skip
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def scrubbed(text):
    """Return a line for the log without query strings, tokens, cookies, mail addresses and addresses of machines."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


def error_text(error):
    """Return the kind of an error and its message, with what it quotes taken out: it may quote rows."""
    return scrubbed(f"{type(error).__name__}: {_QUOTED.sub(HIDDEN, str(error).partition(chr(10))[0])}".rstrip(": "))


def frames(error):
    """Return where an error came from, one ``file:line function`` a frame, innermost last; code but no values."""
    found = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in found]
