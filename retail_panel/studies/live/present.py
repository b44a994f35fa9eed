"""The present of a scene: its last line, and the lines to compare it with."""

from retail_panel.live.moment import moment
from retail_panel.studies.study import Choice, Nothing

#: Filters on time would leave nothing to compare the present with.
TIMES = ("ordered_at", "hour", "weekday")
WINDOW = Choice("minutes", "The last", {"hour": "60", "15 minutes": "15", "3 hours": "180"})
ABOUT = (
    "Now is the time of the last line in scope; a usual day is one of the same weekday in the eight weeks before, as "
    "far as the scope reaches back. Filters of the selection on time are left out."
)


def present(asking):
    """Return (:class:`retail_panel.live.moment.Moment`, lines in scope and selection whatever their time)."""
    found = asking.studied(("live.moment",), lambda: moment(asking.ask, asking.scope_lines))
    if found is None:
        raise Nothing("There are no order lines in scope. Widen the period, or take filters out of scope.")
    return found, asking.lines_ignoring(*TIMES)


def clock(minute):
    """Return minutes since midnight as 09:30."""
    return f"{minute // 60:02}:{minute % 60:02}"


def while_of(found, minutes):
    """Return the last while in words, such as 11:20 to 12:20."""
    return f"{clock(max(found.minute - minutes + 1, 0))} to {clock(found.minute)}"


def weekdays(found):
    """Return the usual days in words, such as 8 usual Saturdays; None without any."""
    count = len(found.usual)
    return f"{count} usual {found.today:%A}{'' if count == 1 else 's'}" if count else None
