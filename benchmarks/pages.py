"""The pages of studies: ``python benchmarks/pages.py --rows 1000000``.

For each page, in a scope that nobody has asked for yet, each study is asked, drawn and put into the chart that is on
the screen, one after the other as a visitor's page does; the scene that they share is timed by ``cubes.py``. A page is
drawn once its last study is.
"""

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import holoviews as hv
from stores import opened, sizes
from tables import milliseconds, print_table

from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.pages.contents import PAGES
from retail_panel.store import Shelf
from retail_panel.studies import Asking, Look, Nothing, graft

SCOPE = {"without": "returns"}


def chosen(study, asking):
    """Return the default of each of a study's choices."""
    options = {c.name: c.options(asking) if callable(c.options) else c.options for c in study.choices}
    return {name: next(iter(words.values()), None) for name, words in options.items()}


def answered(store, scene, study, definition):
    """Return (study, answer), or None where the source has nothing for it."""
    asking = Asking(store, scene, {}, definition)
    if not all(asking.has(need) for need in study.needs):
        return None
    asking.choices.update(chosen(study, asking))
    try:
        return study, study.answer(asking)
    except Nothing:
        return None


def drawn(study, answer, before):
    """Draw an answer into the figure before it; returns the figure on the screen."""
    if study.backend == "plotly":
        return study.draw(answer, Look())
    figure = hv.render(study.draw(answer, Look()), backend="bokeh")
    return before if before is not None and graft(before, figure) else figure


def one_by_one(store, scene, page, definition, repeats):
    """Return the median times of each study of a page by itself, in milliseconds."""
    found = []
    for study in page.studies:
        times, figure = [], None
        for _ in range(repeats):
            began = time.perf_counter()
            answer = answered(store, scene, study, definition)
            if answer is None:
                break
            asked = time.perf_counter()
            figure = drawn(*answer, figure)
            times.append((asked - began, time.perf_counter() - asked))
        if times:
            middle = [1000 * statistics.median(column) for column in zip(*times, strict=True)]
            found.append({"page": page.name, "study": study.name, "answer_ms": middle[0], "draw_ms": middle[1]})
    return found


def whole(store, scene, page, definition, repeats):
    """Return the median times from asking until a page's first and its last study are drawn, in milliseconds.

    As for a visitor: one worker asks, and what it has answered is drawn meanwhile.
    """
    times, figures = [], {}
    for _ in range(repeats + 1):
        began, shown = time.perf_counter(), []
        with ThreadPoolExecutor(1) as worker:
            waiting = [worker.submit(answered, store, scene, study, definition) for study in page.studies]
            for each in waiting:
                if each.result() is not None:
                    study, answer = each.result()
                    figures[study.name] = drawn(study, answer, figures.get(study.name))
                    shown.append(time.perf_counter() - began)
        times.append((shown[0], shown[-1]) if shown else (0.0, 0.0))
    # The first run draws what later ones only change.
    first, last = zip(*times[1:], strict=True)
    return {"page": page.name, "studies": len(figures), "first_ms": 1000 * statistics.median(first),
            "all_ms": 1000 * statistics.median(last), "built_ms": 1000 * times[0][1]}  # fmt: skip


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=sizes, default=[1_000_000], help="numbers of order lines, separated by commas")
    parser.add_argument("--repeats", type=int, default=3, help="times each study is asked; medians are shown")
    parser.add_argument("--page", help="one page only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    pages, studies = [], []
    definition = definition_of(CustomersPipeline())
    for rows in options.rows:
        with closing(opened(rows)) as store:
            scenes = Scenes(store, Shelf(), "GBP")
            key, scene = scenes.take(SCOPE, definition)
            for page in PAGES:
                if page.studies and options.page in (None, page.name):
                    pages.append({"rows": rows, **whole(store, scene, page, definition, options.repeats)})
                    alone = one_by_one(store, scene, page, definition, options.repeats)
                    studies += [{"rows": rows, **each} for each in alone]
            scenes.give_back(key)
    if options.json:
        print(json.dumps({"pages": pages, "studies": studies}))
        return
    print_table(
        "Studies by themselves", ["rows", "page", "study", "answer", "draw"],
        [(f"{e['rows']:,}", e["page"], e["study"], milliseconds(e["answer_ms"]), milliseconds(e["draw_ms"]))
         for e in studies],
    )  # fmt: skip
    print_table(
        "Pages after a scope change, from the scene to the study that is drawn",
        ["rows", "page", "studies", "first", "all, remembered", "all, new scope"],
        [(f"{e['rows']:,}", e["page"], e["studies"], *(milliseconds(e[n]) for n in ("first_ms", "all_ms", "built_ms")))
         for e in pages],
    )  # fmt: skip


if __name__ == "__main__":
    main()
