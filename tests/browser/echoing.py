"""Serves texts that change faster than a browser paints them: ``python echoing.py``; the first line is its address."""

import panel as pn
import panel_material_ui as pmui

from retail_panel.pages.outbox import keep_in_turn
from retail_panel.pages.shell_mends import ShellMends

TEXTS, TURNS = 12, 40


def page():
    """Return a page whose texts say which turn it is, once it is open."""
    texts = [pmui.Typography("before") for _ in range(TEXTS)]
    document = pn.state.curdoc

    def turn(number=0):
        for text in texts:
            text.object = f"turn {number}"
        if number < TURNS:
            document.add_next_tick_callback(lambda: turn(number + 1))

    pn.state.onload(turn)
    return pmui.Page(main=[ShellMends(), *texts], busy_indicator=None)


if __name__ == "__main__":
    pn.extension()
    keep_in_turn()
    server = pn.serve(page, port=0, show=False, start=False, verbose=False)
    server.start()
    print(f"http://localhost:{server.port}/", flush=True)
    server.run_until_shutdown()
