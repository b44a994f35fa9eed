"""The KPI tiles as HTML: figure, change against the period before, course."""

from datetime import timedelta
from html import escape

import numpy as np

from retail_panel.formats import MINUS, change
from retail_panel.measures import MEASURES


def tiles_markup(answers, names, look):
    """Return a row of tiles.

    Parameters
    ----------
    answers : TileAnswers
        As :func:`retail_panel.tiles.tile_answers` returns.
    names : sequence of str
        Measures to show.
    look : Look
        Its currency.

    Returns
    -------
    str
        HTML.
    """
    return f'<ul class="tiles">{"".join(_tile(name, answers, look) for name in names)}</ul>'


def span_words(span):
    """Return a span of whole days in words, such as ``1 Mar 2024 to 31 Mar 2024``."""
    first, last = span.low.date(), (span.high - timedelta(days=1)).date()
    words = [f"{day.day} {day:%b %Y}" for day in (first, last)]
    return words[0] if first == last else " to ".join(words)


def _tile(name, answers, look):
    measure = MEASURES[name]
    now, before = answers.now.get(name), answers.before.get(name)
    moved = ""
    if answers.before_span is not None and before is not None:
        words = change(now, before, measure.unit, look.currency)
        is_move = now is not None and now != before and words[:1] in ("+", MINUS)
        tone = "" if not (is_move and measure.good) else "good" if (now > before) == (measure.good > 0) else "bad"
        was = look.write(before, measure.unit, "tile")
        moved = f'<span class="change {tone}">{escape(words)}</span><span class="before">from {escape(was)}</span>'
    return (
        f'<li><span class="label">{escape(measure.label)}</span>'
        f'<span class="value">{escape(look.write(now, measure.unit, "tile"))}</span>'
        f'<span class="moved">{moved}</span>{_course(answers.lines.get(name))}</li>'
    )


def _course(values):
    """Return the line of a figure over time, an empty picture where it has none."""
    path = ""
    if values is not None and len(values) > 1 and np.isfinite(values).any():
        low, high = np.nanmin(values), np.nanmax(values)
        heights = 22 - 20 * (values - low) / ((high - low) or 1)
        pen = "M"
        for x, y in zip(np.linspace(0, 100, len(values)), heights, strict=True):
            path += f"{pen}{x:.1f} {y:.1f}" if np.isfinite(y) else ""
            pen = "L" if np.isfinite(y) else "M"
    return f'<svg viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"><path d="{path}"></path></svg>'
