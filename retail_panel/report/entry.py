"""A study in a report: asked under its choices, then drawn, told and tabled; or why it is not there."""

import logging
from dataclasses import dataclass

import holoviews as hv

from retail_panel.errors import RetailPanelError
from retail_panel.store import Superseded
from retail_panel.studies import Nothing
from retail_panel.studies import answered as told

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What came of one study.

    Parameters
    ----------
    study : Study
        What was asked.
    answer : object
        Its answer, or the error in its place.
    chosen : dict of str to str
        What was chosen, in words: label of the choice to words of the option.
    """

    study: object
    answer: object
    chosen: dict

    @property
    def is_nothing(self):
        """Whether there is nothing to show, and the answer says why."""
        return isinstance(self.answer, Nothing)

    @property
    def fault(self):
        """Why the study could not be answered; empty where it was."""
        failed = isinstance(self.answer, Exception) and not self.is_nothing
        return f"This study could not be answered: {self.answer}" if failed else ""

    def figure(self, look):
        """Return the drawing as a Bokeh figure; None where it needs a browser's third dimension."""
        if self.study.backend != "bokeh":
            return None
        figure = hv.render(self.study.draw(self.answer, look), backend="bokeh")
        look.dress(figure)
        return figure


def lacking(study, asking):
    """Return what a study needs and the source has not, in words."""
    return [_words(need) for need in study.needs if not asking.has(need)]


def answered(study, asking, wanted):
    """Ask a study.

    Parameters
    ----------
    study : Study
        What to ask.
    asking : Asking
        What to ask with; its choices are set.
    wanted : dict of str to str
        Choices by study and choice, as :class:`retail_panel.report.state.State` holds them. The default takes the place
        of one that there is not.

    Returns
    -------
    Entry

    Raises
    ------
    Superseded
        If the ticket was cancelled.
    """
    words = {}
    try:
        for choice in study.choices:
            options = choice.options(asking) if callable(choice.options) else choice.options
            value = wanted.get(f"{study.name}.{choice.name}")
            value = value if value in options.values() else next(iter(options.values()), None)
            asking.choices[choice.name] = value
            words[choice.label] = next((name for name, option in options.items() if option == value), "")
        answer = told(study, asking).answer
    except Superseded:
        raise
    except Exception as error:
        if not isinstance(error, RetailPanelError):
            log.exception("the study %s could not be answered", study.name)
        answer = error
    return Entry(study, answer, words)


def _words(need):
    if need in ("stock", "feedback"):
        return f"the {need} table"
    return f"a {need.removesuffix('_key').replace('_', ' ')} column"
