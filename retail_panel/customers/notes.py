"""Plain sentences on customers left out and on degenerate cases."""

from retail_panel.customers.scores import unused_scores


def notes(seen, customers, day, clustering, held):
    """Say who is not scored and which scores or clusters could not be told apart.

    Parameters
    ----------
    seen : dict
        The answer to :func:`retail_panel.customers.profile.seen_question`.
    customers : int
        Customers scored.
    day : datetime.date or None
        Reference day.
    clustering : Clustering or None
        None without customers.
    held : dict of str to dict of int to int
        Customers by measure and score.

    Yields
    ------
    str
        One sentence each, the weightiest first.
    """
    guests, returns_only = seen["guest_lines"], seen["customers"] - customers
    if seen["later_lines"]:
        yield f"Left out, being after the reference day {day}: {_counted(seen['later_lines'], 'line')}."
    if not seen["customers"]:
        yield "No line in scope names a customer, so there is nobody to score." if guests else "No lines in scope."
    elif not customers:
        yield f"Nobody to score: returns are all there is of {_counted(returns_only, 'customer')} in scope."
    elif returns_only:
        yield f"Not scored, having returns only: {_counted(returns_only, 'customer')}."
    if guests and seen["customers"]:
        yield f"Not scored, being of guests: {_counted(guests, 'line')}."
    if customers == 1:
        yield "There is one customer only, who is one group."
    elif customers:
        yield from clustering.notes
        yield from unused_scores(held)


def _counted(number, noun):
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
