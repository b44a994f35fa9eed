"""The pages of studies: ``python benchmarks/pages.py --rows 1000000``.

For each page, in scopes that nobody has asked for yet, the scene is made, and each study is asked, drawn and put into
the chart that is on the screen, as a visitor's page does. A page is drawn once its last study is.
The processor's time is of all threads, from the scene on: it tells more than the clock where the machine has other
things to do.
"""

import argparse
import json
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing

from stores import opened, sizes
from tables import milliseconds, print_table

from retail_panel.allocator import LAVISH, keep, use_few_arenas
from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.pages.compare_answer import compare
from retail_panel.pages.compare_shapes import GAPS, SHAPE_STUDIES
from retail_panel.pages.compare_sides import defaults, sides
from retail_panel.pages.contents import PAGES
from retail_panel.pages.study_grid import AT_ONCE
from retail_panel.server import HAND_OVER_S
from retail_panel.store import Shelf
from retail_panel.studies import Asking, Easel, Look, Nothing, copy_of, graft

SCOPE = {"without": "returns"}


def chosen(study, asking):
    """Return the default of each of a study's choices."""
    options = {c.name: c.options(asking) if callable(c.options) else c.options for c in study.choices}
    return {name: next(iter(words.values()), None) for name, words in options.items()}


def answered(store, scene, study, definition):
    """Return a list of (study, answer), empty where the source has nothing for it."""
    asking = Asking(store, scene, {}, definition)
    if not all(asking.has(need) for need in study.needs):
        return []
    asking.choices.update(chosen(study, asking))
    try:
        return [(study, study.answer(asking))]
    except Nothing:
        return []


def drawn(study, answer, before):
    """Draw an answer into the figure before it; returns the easel and the figure on the screen."""
    if study.backend == "plotly":
        return study.draw(answer, Look())
    easel, figure = before or (Easel(), None)
    fresh = easel.draw(study.draw(answer, Look()), Look())
    return easel, figure if figure is not None and graft(figure, fresh) else copy_of(fresh)


def one_by_one(store, scene, page, definition, repeats):
    """Return the median times of each study of a page by itself, in milliseconds."""
    found = []
    for study in page.studies:
        times, figure = [], None
        for _ in range(repeats):
            began = time.perf_counter()
            answer = answered(store, scene, study, definition)
            if not answer:
                break
            asked = time.perf_counter()
            figure = drawn(*answer[0], figure)
            times.append((asked - began, time.perf_counter() - asked))
        if times:
            middle = [1000 * statistics.median(column) for column in zip(*times, strict=True)]
            found.append({"page": page.name, "study": study.name, "answer_ms": middle[0], "draw_ms": middle[1]})
    return found


def compared(store, scene, definition):
    """Return the studies of the compare page with the answer that they share: the largest segment beside the rest."""
    asking = Asking(store, scene, {}, definition)
    with sides(asking, *defaults(scene, {}), None, {}) as pair:
        found = compare(asking, *pair)
    return [(study, found) for study in (GAPS, *SHAPE_STUDIES)]


def whole(store, page, definition, repeats, workers):
    """Return the median times of a page in scopes that nobody has asked for yet, in milliseconds.

    That of making the scene; from the scene to the first and to the last study drawn; and of the processor for these,
    on all threads. As for a visitor: as many workers ask, and what they have answered is drawn meanwhile.
    """
    times, figures, scenes = [], {}, Scenes(store, Shelf(), "GBP")
    # Somebody looks at the whole before they change the scope.
    before, _ = scenes.take({}, definition)
    for repeat in range(repeats + 1):
        # Each scope leaves out one day more, so that none is remembered and all are about as large.
        scope, shown = {"ordered_at": f"2024-11-{2 + repeat:02d}.."}, []
        began = time.perf_counter()
        key, scene = scenes.take(scope, definition)
        made, processor = time.perf_counter(), time.process_time()
        if page.name == "compare":
            waiting = [workers.submit(compared, store, scene, definition)]
        else:
            waiting = [workers.submit(answered, store, scene, study, definition) for study in page.studies]
        for each in as_completed(waiting):
            for study, answer in each.result():
                figures[study.name] = drawn(study, answer, figures.get(study.name))
                shown.append(time.perf_counter() - made)
        scenes.give_back(key)
        if shown:
            times.append((made - began, shown[0], shown[-1], time.process_time() - processor))
    scenes.give_back(before)
    # The first run draws what later ones only change.
    columns = [1000 * statistics.median(column) for column in zip(*times[1:], strict=True)] or [None] * 4
    return {"page": page.name, "studies": len(figures),
            **dict(zip(("scene_ms", "first_ms", "all_ms", "processor_ms"), columns, strict=True))}  # fmt: skip


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=sizes, default=[1_000_000], help="numbers of order lines, separated by commas")
    parser.add_argument("--repeats", type=int, default=3, help="times each study is asked; medians are shown")
    parser.add_argument("--page", help="one page only")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    # As a server does for whoever asks.
    use_few_arenas()
    keep(LAVISH)
    sys.setswitchinterval(HAND_OVER_S)
    pages, studies = [], []
    definition = definition_of(CustomersPipeline())
    for rows in options.rows:
        with closing(opened(rows, has_shops=True)) as store, ThreadPoolExecutor(AT_ONCE) as workers:
            scenes = Scenes(store, Shelf(), "GBP")
            key, scene = scenes.take(SCOPE, definition)
            for page in PAGES:
                if (page.studies or page.name == "compare") and options.page in (None, page.name):
                    pages.append({"rows": rows, **whole(store, page, definition, options.repeats, workers)})
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
    parts = ("scene_ms", "first_ms", "all_ms")
    print_table(
        "Pages after a scope change: the scene, from it to the studies that are drawn, and both",
        ["rows", "page", "studies", "scene", "first", "all", "scene and all", "processor"],
        [(f"{e['rows']:,}", e["page"], e["studies"], *(milliseconds(e[n]) for n in parts),
          milliseconds(e["scene_ms"] + e["all_ms"] if e["studies"] else None), milliseconds(e["processor_ms"]))
         for e in pages],
    )  # fmt: skip


if __name__ == "__main__":
    main()
