"""What a process does before its first visitor comes: the first scene, its figures, and one chart of each form."""

import queue

from retail_panel.pages.contents import PAGES
from retail_panel.pages.glance import GlanceTaker, glances_of
from retail_panel.pages.workbench import scenes_of
from retail_panel.session import Session
from retail_panel.views.drawn import drawn

#: A source of more lines takes so long that its first visitor rather watches the estimates come.
MOST_LINES = 1_000_000
LOOK_S = 0.1


def rehearse(server, is_over):
    """Make what the first visitor would wait for, where all visitors see the same rows.

    Parameters
    ----------
    server : Server
        Its source is loaded.
    is_over : callable
        Whether to give up, since the process stops.
    """
    scenes, waiting = scenes_of(server), queue.SimpleQueue()
    if not 0 < scenes.catalogue().rows <= MOST_LINES:
        return
    session = Session(server.store, scenes, server.workers, waiting.put, server.settings.currency)
    taker = GlanceTaker(session, PAGES[0].charts, glances_of(server), asks=True)
    session.answers.rescope()
    try:
        for form in dict.fromkeys(chart.form for chart in PAGES[0].charts):
            drawn(form)
        while not (taker.is_taken or session.problem or is_over()):
            try:
                waiting.get(timeout=LOOK_S)()
            except queue.Empty:
                continue
    finally:
        session.close()
