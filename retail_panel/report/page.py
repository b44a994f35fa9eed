"""The HTML of a report: head, what it is of, sections, and what a printer needs to know."""

import re
from functools import cache
from html import escape
from pathlib import Path

PAPER = """
@page {{ size: A4; margin: 14mm 10mm 12mm;
  @top-left {{ content: "{title}"; font: 8pt system-ui, sans-serif; color: #475569; }}
  @top-right {{ content: "{made}"; font: 8pt system-ui, sans-serif; color: #475569; }}
  @bottom-right {{ content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; color: #475569; }} }}
@page :first {{ @top-left {{ content: none; }} @top-right {{ content: none; }} }}
"""
PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Retail Panel">
<title>{title}, {made}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
{scripts}
</body>
</html>
"""
NO_SCRIPTS = "<noscript><p>Drawings need JavaScript, which is off here. The tables hold their figures.</p></noscript>"


def page(title, made_at, facts, tiles, sections, notes, plots):
    """Return a report as one file.

    Parameters
    ----------
    title : str
        Name at the top and on each printed page.
    made_at : datetime.datetime
        When it was made.
    facts : sequence of (str, str)
        What it is of: words and value, plain text.
    tiles : str
        HTML of the tiles.
    sections : sequence of (str, str, str)
        Name, title and HTML.
    notes : sequence of str
        What to know beside, at its end; plain text.
    plots : Plots
        The figures whose places the sections hold.

    Returns
    -------
    str
        HTML that fetches nothing.
    """
    made = f"{made_at.day} {made_at:%B %Y, %H:%M}"
    listed = "".join(f"<dt>{escape(words)}</dt><dd>{escape(value)}</dd>" for words, value in facts)
    links = "".join(f'<a href="#{name}">{escape(words)}</a>' for name, words, _ in sections)
    body = [
        f'<header><h1>{escape(title)}</h1><p class="made">Report of {escape(made)}</p><dl>{listed}</dl></header>',
        NO_SCRIPTS, tiles, f"<nav>{links}</nav>" if len(sections) > 1 else "",
        *[f'<section id="{name}"><h2>{escape(words)}</h2>{html}</section>' for name, words, html in sections],
        f"<footer>{''.join(f'<p>{escape(note)}</p>' for note in notes)}</footer>",
    ]  # fmt: skip
    paper = PAPER.format(title=_quoted(title), made=_quoted(made))
    return PAGE.format(
        title=escape(title), made=escape(made), style=_style() + paper, body="\n".join(filter(None, body)),
        scripts=plots.scripts(),
    )  # fmt: skip


@cache
def _style():
    return Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def _quoted(text):
    """Return text for a string of a style sheet: all but plain letters by their number."""
    return re.sub(r"[^0-9A-Za-z ,:]", lambda found: f"\\{ord(found[0]):x} ", text)
