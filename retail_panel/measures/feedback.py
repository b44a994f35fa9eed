"""KPIs of what customers answered."""

import ibis

from retail_panel.measures.record import Measure

ISO = "top-two-box share, as in ISO 10004 (customer satisfaction, monitoring and measuring)"
NPS = "Reichheld (2003), The One Number You Need to Grow, Harvard Business Review"


def _on(scale, value):
    return lambda t: ibis.ifelse(t.scale == scale, value(t), 0)


def _between(low, high):
    return lambda t: ibis.ifelse(t.score.between(low, high), 1, 0)


def _one(t):
    return t.score.notnull().cast("int8")


_csat = {"table": "feedback", "needs": ("csat",), "source": ISO}
_nps = {"table": "feedback", "needs": ("nps",), "source": NPS}

FEEDBACK = (
    Measure("responses", "Responses", "count", "Answers given, on either scale.", table="feedback", needs=("score",),
            row=_one),
    Measure("csat_responses", "CSAT responses", "count", "Answers on the CSAT scale.", row=_on("CSAT", _one), **_csat),
    Measure("satisfied", "Satisfied", "count", "CSAT answers of 4 or 5.", row=_on("CSAT", _between(4, 5)), **_csat),
    Measure("csat_points", "CSAT points", "count", "Sum of the CSAT scores.", 0,
            row=_on("CSAT", lambda t: t.score), **_csat),
    Measure("nps_responses", "NPS responses", "count", "Answers on the NPS scale.", row=_on("NPS", _one), **_nps),
    Measure("promoters", "Promoters", "count", "NPS answers of 9 or 10.", row=_on("NPS", _between(9, 10)), **_nps),
    Measure("detractors", "Detractors", "count", "NPS answers of 0 to 6.", -1, row=_on("NPS", _between(0, 6)), **_nps),
    Measure("csat", "CSAT", "share", "CSAT answers of 4 or 5, divided by all CSAT answers.",
            table="feedback", parts=("satisfied", "csat_responses"), source=ISO),
    Measure("csat_mean", "CSAT mean", "score", "Mean CSAT score, from 1 to 5.",
            table="feedback", parts=("csat_points", "csat_responses"), source=ISO),
    Measure("nps", "NPS", "score", "100 x (promoters less detractors), divided by NPS responses; from -100 to 100.",
            table="feedback", parts=("promoters", "detractors", "nps_responses"), source=NPS,
            combine=lambda promoters, detractors, all_: 100 * (promoters - detractors) / all_ if all_ else None),
)
