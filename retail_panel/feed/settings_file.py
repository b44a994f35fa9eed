"""Settings of a feed's client: a file of ``key = value`` lines, where passwords belong, or a dict."""

from pathlib import Path

from retail_panel.errors import UnusableInput


def client_settings(given):
    """Return the settings of a file, of a dict, or of None, as dict of str.

    Lines that begin with ``#`` or ``!`` are comments.

    Raises
    ------
    UnusableInput
        The file cannot be read, or a line has no key and value.
    """
    if given is None or isinstance(given, dict):
        return dict(given or {})
    try:
        lines = Path(given).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInput(f"feed settings {given}: {error}; allowed: a readable file of key = value lines") from error
    found = {}
    for number, line in enumerate(lines, 1):
        key, mark, value = line.partition("=")
        if line.strip() and not line.lstrip().startswith(("#", "!")):
            if not mark or not key.strip():
                raise UnusableInput(f"feed settings {given}, line {number}: key = value is allowed")
            found[key.strip()] = value.strip()
    return found
