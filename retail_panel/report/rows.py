"""Boxes in lines of a page: each as wide as it asks, the last ones of a line as wide as there is room."""

COLUMNS = 12


def spans(wanted):
    """Return the columns of twelve that boxes take, so that no line has a hole.

    Parameters
    ----------
    wanted : sequence of int
        What each asks for, in reading order.

    Returns
    -------
    list of int

    Examples
    --------
    >>> spans([12, 4, 4, 4, 6, 4, 4, 4])
    [12, 4, 4, 4, 6, 6, 6, 6]
    """
    found, line = [], []
    for width in wanted:
        if sum(line) + width > COLUMNS:
            found += _filled(line)
            line = []
        line.append(width)
    return found + (_filled(line) if line else [])


def _filled(line):
    return [COLUMNS // len(line)] * len(line) if sum(line) < COLUMNS else line
