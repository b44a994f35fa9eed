"""Drawing the studies anew: ``python benchmarks/drawing.py --rows 1000000``.

For each study, answers in two scopes are drawn in turn, as a page does after a change of scope: the processor's time of
the element with hvPlot, of putting it into the drawing before, with HoloViews and without it where that can be, side by
side, of the figure on the screen, and of the words beside it.
"""

import argparse
import statistics
import sys
import time
from contextlib import closing

from pages import SCOPE, answered
from stores import opened, sizes
from tables import milliseconds, print_table

from retail_panel.crossfilter.scenes import Scenes, definition_of
from retail_panel.customers.pipeline import CustomersPipeline
from retail_panel.pages.contents import PAGES
from retail_panel.store import Shelf
from retail_panel.studies import Easel, Look, copy_of, graft

#: The second one leaves a week out, so that most figures differ and most names do not.
SCOPES = (SCOPE, SCOPE | {"ordered_at": "..2026-10-24"})


class OldEasel(Easel):
    """One that always asks HoloViews."""

    def draw(self, element, look):
        """As the other does."""
        self._refill = None
        return super().draw(element, look)


def drawn(study, answers, repeats, look):
    """Return median times of drawing two answers in turn, in milliseconds, as a dict."""
    easels = Easel(), OldEasel()
    screen = copy_of([easel.draw(study.draw(answers[0], look), look) for easel in easels][0])
    times = []
    for repeat in range(1, repeats + 1):
        answer, marks = answers[repeat % 2], [time.thread_time()]
        elements = [study.draw(answer, look)]
        marks.append(time.thread_time())
        # An element is drawn once, as HoloViews remembers what it has drawn.
        elements.append(study.draw(answer, look))
        marks.append(time.thread_time())
        for easel, element in zip(easels, elements, strict=True):
            figure = easel.draw(element, look)
            marks.append(time.thread_time())
            if easel is easels[0]:
                graft(screen, figure)
                marks.append(time.thread_time())
        study.says(answer, look)
        marks.append(time.thread_time())
        steps = [1000 * (after - before) for before, after in zip(marks, marks[1:], strict=False)]
        times.append(dict(zip(("hvplot", "again", "put", "graft", "holoviews", "words"), steps, strict=True)))
    return {name: statistics.median(each[name] for each in times) for name in times[0]}


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=sizes, default=[1_000_000], help="numbers of order lines, separated by commas")
    parser.add_argument("--repeats", type=int, default=8, help="times each study is drawn; medians are shown")
    options = parser.parse_args()
    definition, look, found = definition_of(CustomersPipeline()), Look(), []
    for rows in options.rows:
        with closing(opened(rows, has_shops=True)) as store:
            scenes = [Scenes(store, Shelf(), "GBP").take(scope, definition)[1] for scope in SCOPES]
            for name, study in ((page.name, study) for page in PAGES for study in page.studies):
                answers = [each for scene in scenes for _, each in answered(store, scene, study, definition)]
                if study.backend == "bokeh" and len(answers) == len(SCOPES):
                    found.append((rows, name, study.name, drawn(study, answers, options.repeats, look)))
    names = {"hvplot": "element", "holoviews": "with HoloViews", "put": "without", "graft": "screen", "words": "words"}
    print_table(
        "processor time of drawing a study anew, medians", ["rows", "page", "study", *names.values()],
        [[f"{rows:,}", page, study, *(milliseconds(times[name]) for name in names)]
         for rows, page, study, times in found],
    )  # fmt: skip
    ratio = statistics.median(times["holoviews"] / times["put"] for *_, times in found)
    print(f"with HoloViews takes {ratio:.1f} times as long (median of {len(found)} studies)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
