"""From the evidence on a source and the user's word to the plan, and to words on why."""

from dataclasses import replace


def decided(plan, found, evidence, mapping):
    """Return the plan with everything decided but the outlier limits.

    Parameters
    ----------
    plan : Plan
        As drafted from the first block.
    found : Recognised
    evidence : Evidence
        On the whole source.
    mapping : Mapping
        The user's word, which wins.

    Returns
    -------
    Plan

    Raises
    ------
    UnusableInput
        A column of dates or numbers can be read in two ways, or is written in both.
    """
    times, marks, constants = evidence.times(mapping), evidence.marks(mapping), dict(plan.constants)
    decisions = {}
    for role, reading in times.items():
        shapes = ", ".join(f"{shape} {rows:,}" for shape, rows in evidence.date_shapes(role).items()) or "none read"
        decisions["dates"] = f"{reading.format or reading.order or 'unambiguous'} ({shapes})"
    if evidence.zoned:
        kept = f"{evidence.zoned:,} stamps carry an offset; the written wall time is kept"
        decisions["time_zone"] = f"turned to {mapping.timezone}" if mapping.timezone else kept
    if marks:
        decisions["decimal_mark"] = " ".join(sorted(set(marks.values())))
    letters = turn = False
    if plan.table == "order_line":
        letters, turn = evidence.invoice_letters(found.layout), _turn(mapping, evidence)
        decisions["returns"] = _returns(mapping, evidence, turn, letters, plan)
    if plan.table == "feedback" and "scale" not in plan.roles and "scale" not in constants:
        constants["scale"] = _scale(plan.roles["score"], *evidence.scores)
        decisions["scale"] = f"{constants['scale']}, from the column's name and values"
    return replace(
        plan, times=times, marks=marks, constants=constants, whole_ids=evidence.whole_ids(), invoice_letters=letters,
        turn_returns=turn, decisions=decisions,
    )  # fmt: skip


def _turn(mapping, evidence):
    if mapping.returns != "auto":
        return mapping.returns == "positive"
    return evidence.returns["positive"] > evidence.returns["negative"]


def _returns(mapping, evidence, turn, letters, plan):
    if letters:
        return "order ids beginning with C are cancellations, with A adjustments; other negative amounts are returns"
    if "kind" not in plan.roles:
        return "lines with a negative amount are returns"
    found = evidence.returns
    counted = f"{found['positive']:,} are positive, {found['negative']:,} negative"
    how = counted if mapping.returns == "auto" else "as the mapping says"
    return f"written {'positive, and turned' if turn else 'negative'} in the source ({how})"


def _scale(column, low, high):
    name = column.lower()
    if "nps" in name:
        return "NPS"
    return "NPS" if "csat" not in name and (high > 5 or low < 1) else "CSAT"
