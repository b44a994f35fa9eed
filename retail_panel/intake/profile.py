"""The first reading of a source: from all of its rows to the plan by which they are cleaned."""

from dataclasses import replace

from retail_panel.errors import UnusableInput
from retail_panel.intake.amounts import worth
from retail_panel.intake.carry import carried_down
from retail_panel.intake.columns import Columns
from retail_panel.intake.decisions import decided
from retail_panel.intake.delimited import EncodingChanged
from retail_panel.intake.duplicates import Copies
from retail_panel.intake.evidence import Evidence
from retail_panel.intake.faults import Faults
from retail_panel.intake.outliers import AmountSpread, rule_in_words
from retail_panel.intake.plan import Plan
from retail_panel.intake.recognise import recognise


def profile(source, mapping, ahead=iter, progress=lambda rows, share: None):
    """Read a source once and decide how its rows are to be cleaned.

    Parameters
    ----------
    source : opened source
    mapping : Mapping
    ahead : callable
        Wraps the iterator of blocks, for reading ahead.
    progress : callable
        Called with rows done and the share of this reading, or None.

    Returns
    -------
    tuple of (Plan, Copies)
        The plan, and the exact copies found, ready for the second reading.

    Raises
    ------
    UnusableInput
        No rows, a missing required column, or a column that cannot be decided.
    """
    while True:
        try:
            return _profile(source, mapping, ahead, progress)
        except EncodingChanged:
            continue


def _profile(source, mapping, ahead, progress):
    plan = evidence = found = None
    copies, spread, rows, reasons, state = Copies(source.steady), AmountSpread(), 0, set(), {}
    for block in ahead(source.blocks()):
        rows += block.row_count
        progress(rows, block.share)
        if plan is None:
            reasons |= {row.reason for row in block.rejected}
            if not block.rows.num_rows:
                continue
            found = recognise(source, block.rows, mapping)
            plan, evidence = _draft(source, found, mapping, block), Evidence(source, found.roles)
        _add(carried_down(block, plan, state), plan, evidence, copies, spread)
    if not rows:
        shown = ", ".join(source.columns)[:200]
        raise UnusableInput(f"{source.name}: there is a header ({shown}) and no rows below it")
    if plan is None:
        raise UnusableInput(f"{source.name}: none of its {rows:,} rows can be read: {'; '.join(sorted(reasons))}")
    copies.settle()
    final = decided(plan, found, evidence, mapping)
    if final.table != "order_line":
        return final, copies
    if final.marks != plan.marks:
        spread = AmountSpread()
        for block in ahead(source.blocks()):
            progress(rows, block.share)
            _add_amounts(Columns(block.rows, final), spread)
    limits = spread.limits(mapping.outliers)
    return replace(final, limits=limits, outlier_rule=rule_in_words(limits, mapping.outliers)), copies


def _draft(source, found, mapping, block):
    """Return a plan good enough to gather evidence: decimal marks are guessed from the first block."""
    layout, constants = found.layout, dict(mapping.constants)
    plan = Plan(
        found.table, source.name, tuple(source.columns), found.roles, found.why, constants, found.layout_name
    )  # fmt: skip
    if layout is not None:
        fill = {role: other for role, other in layout.fill.items() if role in found.roles}
        plan = replace(plan, fill=fill, carry=tuple(role for role in layout.carry if role in found.roles))
    first = Evidence(source, found.roles)
    first.add(Columns(block.rows, plan))
    return replace(plan, marks=first.guess(mapping))


def _add(block, plan, evidence, copies, spread):
    columns = Columns(block.rows, plan)
    evidence.add(columns)
    if plan.table == "order_line":
        copies.add(block.rows)
        _add_amounts(columns, spread)


def _add_amounts(columns, spread):
    faults = Faults(columns.size)
    amount = worth(columns, faults).amount
    spread.add(amount[faults.good])
