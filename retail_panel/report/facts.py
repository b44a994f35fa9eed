"""What a report is of, in words: source, scope, selection, period, definition."""

from retail_panel.crossfilter.coded import among
from retail_panel.crossfilter.rolled import told
from retail_panel.formats import format_value
from retail_panel.measures import line_count
from retail_panel.report.tiles import span_words


def facts(store, scene, state, filters, tiles, look):
    """Return what a report is of.

    Parameters
    ----------
    store : Store
        Where the rows are.
    scene : Scene
        What was looked at.
    state : State
        As asked for.
    filters : dict of str to clause
        The selection, moved to whole pieces of the scene's bins.
    tiles : TileAnswers
        The periods.
    look : Look
        Its currency.

    Returns
    -------
    list of (str, str)
        Words and value.
    """
    scope, selection = state.with_selection(filters).sentences(look.currency)
    found = [("Source", _source(store, scene)), ("Scope", _counted(scope or "everything", scene.rows, "in scope"))]
    found.append(("Selection", _selected(store, scene, filters, selection) if filters else "Nothing selected"))
    if tiles.span is not None:
        before, none = tiles.before_span, "no earlier period to compare with"
        compared = f"compared with {span_words(before)}" if before else none
        found.append(("Period", f"{span_words(tiles.span)}; {compared}"))
    found.append(("Money", f"In {look.currency}; returns are negative"))
    if scene.population is not None and scene.population.customers:
        found.append(("Customers", _customers(scene.population)))
    return found


def notes(scene, state):
    """Return what to know beside, sentences."""
    population, link = scene.population, state.link()
    found = [*population.notes] if population is not None else []
    found += [words for words in [told(scene, state.clauses)] if words]
    found.append(f"The query of this view: {link}" if link else "The view is the workbench as it opens.")
    return [*found, "It holds no customer's id. Made by Retail Panel."]


def _source(store, scene):
    names = list(dict.fromkeys(source for _, _, source, rows in store.commits() if rows))
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
    known = scene.catalogue
    words = [listed or "empty", f"{known.rows:,} order lines"]
    if known.first is not None:
        words.append(f"{format_value(known.first.date(), 'day')} to {format_value(known.last.date(), 'day')}")
    aside = sum(report.get("rows_quarantined", 0) for report in store.reports())
    return "; ".join([*words, *([f"{aside:,} rows set aside as unreadable"] if aside else [])])


def _counted(words, rows, what):
    return f"{words[:1].upper()}{words[1:]}; {rows:,} order lines {what}"


def _selected(store, scene, filters, words):
    lines = scene.coded.table.filter(*among(scene.coded, filters))
    rows = store.ask(lines.aggregate(rows=line_count(lines))).column("rows")[0].as_py()
    return _counted(words, rows, "selected")


def _customers(population):
    groups = "K-means clusters" if population.method == "clusters" else "the rules of the eleven segments"
    day = format_value(population.reference_day, "day")
    return f"{population.customers:,} scored as of {day}. {population.definition} Grouped by {groups}."
