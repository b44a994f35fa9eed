"""Satisfaction amid stock-outs and without, told in a sentence."""

from retail_panel.formats import format_value


def words_of(row, least):
    """Return a row of :attr:`retail_panel.operations.shortage.Shortage.rows` as a sentence.

    Parameters
    ----------
    row : namedtuple
        All columns but the words.
    least : int
        Fewer answers on either side are no ground for a verdict.
    """
    is_share = row.scale == "CSAT"

    def told(figure):
        return f"{figure:.1%}" if is_share else format_value(figure, "score")

    scale = 100 if is_share else 1
    gap = abs(row.difference) * scale
    ends = " to ".join(format_value(end * scale, "score", form="change") for end in (row.low, row.high))
    if min(row.answers_with, row.answers_without) < least:
        verdict = f"too few answers to tell (at least {least} on each side are needed)"
    elif row.beyond_noise:
        chance = "p < 0.001" if row.p_adjusted < 0.001 else f"p = {row.p_adjusted:.3f}"
        verdict = f"{gap:.1f} points {'lower' if row.difference < 0 else 'higher'}, beyond noise ({ends}; {chance})"
    else:
        verdict = f"no difference beyond noise ({ends}; p = {row.p_adjusted:.2f})"
    sides = [
        f"{told(figure)} ({told(low)} to {told(high)}, {answers:,} answers)"
        for figure, low, high, answers in (
            (row.with_, row.with_low, row.with_high, row.answers_with),
            (row.without, row.without_low, row.without_high, row.answers_without),
        )
    ]
    return f"{row.scale} of orders placed amid stock-outs is {sides[0]}, of others {sides[1]}: {verdict}."
