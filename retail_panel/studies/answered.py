"""The one way to a study's answer: without small groups for whoever may not be told of them."""

from dataclasses import dataclass, replace

from retail_panel.crossfilter.rolled import told
from retail_panel.crossfilter.small_groups import left_out
from retail_panel.studies.apart import Apart
from retail_panel.studies.asking import Withheld
from retail_panel.studies.study import Nothing, TooSmall


@dataclass(frozen=True)
class Answered:
    """An answer that visitors share.

    Attributes
    ----------
    answer : object
        As the study gives it, small groups left out.
    statements : tuple of str
        The SQL that was asked.
    note : str
        What was left out, as a sentence; empty where nothing was.
    """

    answer: object
    statements: tuple
    note: str = ""


def is_withheld(study, least):
    """Whether a study cannot be shown to somebody who may not be told of groups of fewer customers."""
    return least > 1 and study.groups is None and study.large is None


def answered(study, asking):
    """Return what a study answers, once for all visitors who ask the same and may be told of the same.

    Parameters
    ----------
    study : Study
        What to ask.
    asking : Asking
        What to ask with; its choices are set.

    Returns
    -------
    Answered

    Raises
    ------
    Nothing
        If there is nothing to show, or nothing but small groups.
    Withheld
        If the study does not tell small groups apart, and they must not be told of.
    """
    least = asking.least
    if is_withheld(study, least):
        raise Withheld(f"{study.title} is not shown, since it cannot leave out groups of fewer than {least} customers")
    if least > 1:
        keys = study.groups.of(asking.choices) if study.groups else ()
        asking = replace(asking, apart=Apart(keys, least))
    key = (study.name, repr(asking.filters), tuple(sorted(asking.choices.items())), max(least, 1))
    return asking.scene.studied(key, lambda: _answered(study, asking))


def _answered(study, asking):
    few, least = 0, asking.least
    try:
        answer = study.answer(asking)
        if least > 1 and study.large is not None:
            answer, few = study.large(answer, least)
    except Nothing as nothing:
        if asking.apart is None or not asking.apart.left_out:
            raise
        if study.groups.is_whole:
            raise TooSmall(least) from nothing
        raise Nothing(f"{left_out(len(asking.apart.left_out), least)} None is left: widen the selection.") from nothing
    few += len(asking.apart.left_out) if asking.apart else 0
    if few and study.groups is not None and study.groups.is_whole:
        raise TooSmall(least)
    notes = (left_out(few, least) if few else "", told(asking.scene, asking.filters, study.needs))
    return Answered(answer, tuple(asking.asked), " ".join(filter(None, notes)))
