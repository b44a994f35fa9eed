"""Text from the data, safe where Markdown is read."""

import re

_MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text):
    """Return a text so that Markdown shows it as it is: nothing in it is a mark, a link or HTML.

    Source
    ------
    CommonMark 0.31, section 2.4: a backslash before ASCII punctuation makes it literal.

    Examples
    --------
    >>> plain("<b>C_1</b>")
    '\\\\<b\\\\>C\\\\_1\\\\<\\\\/b\\\\>'
    """
    return _MARKS.sub(r"\\\1", str(text))
