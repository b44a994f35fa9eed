"""The browser's part of a moving brush: cubes go there, and one script answers from them."""

from pathlib import Path

import panel as pn

_here = Path(__file__).parent

#: Numbers of messages that bring no cube to answer from at once.
NO_CUBE, LET_GO, EXACT, STOCK, FREE = 0, -1, -2, -3, -4


class BrushPath(pn.custom.JSComponent):
    """Nothing to see: answers a moving brush in the browser, where it has the cubes for it.

    The script knows arrays, places and formats, and nothing of their meaning; each member of the audience says by
    ``parts(chart, places)`` what it needs of them. The server hears of a brush a few times a second, and when it rests.

    Parameters
    ----------
    answers : Answers
        Whose brush it is.
    """

    _esm = "\n".join((_here / name).read_text(encoding="utf-8") for name in ("formats.js", "brush_path.js"))

    def __init__(self, answers, **params):
        super().__init__(width=0, height=0, margin=0, **params)
        self._answers = answers
        self._chart, self._sent, self._heard, self._number, self._exact = None, {}, frozenset(), 0, ""
        self._stock, self._stocks = {}, False
        answers.brush.path = self

    def stock(self, chart, cargo):
        """Send a cube to the browser before the pointer comes to its chart, where the browser has asked for such.

        Parameters
        ----------
        chart : Chart
            Whose brush it answers.
        cargo : Cargo
            The cube.
        """
        if not self._stocks or self._is_there(cargo):
            return
        plan = self._plan(chart, cargo)
        if len(plan["active"]) == 1:
            self._number += 1
            self._stock[self._number] = cargo
            self._send_msg({"number": STOCK, "stock": self._number, "load": cargo.load, **plan})

    def free(self, is_free):
        """Say whether what was sent ahead is of what is on the screen: then the browser need not ask as one comes."""
        if self._stock:
            self._send_msg({"number": FREE, "free": is_free})

    def clear(self):
        """Throw away what was sent ahead."""
        if self._stock:
            self._stock = {}
            self._send_msg({"number": STOCK, "stock": NO_CUBE})

    def _is_there(self, cargo):
        """Return the number under which the browser has a cube, 0 where it has not."""
        return next((number for number, each in self._stock.items() if each is cargo), 0)

    def arm(self, chart, cargo):
        """Send a cube to the browser.

        Parameters
        ----------
        chart : Chart
            Whose brush it answers.
        cargo : Cargo
            The cube.
        """
        self._number += 1
        if chart != self._chart:
            self._chart, self._sent, self._heard = chart, {}, frozenset()
        self._sent[self._number] = frozenset(cargo.places)
        stock = self._is_there(cargo)
        self._send_msg({
            "number": self._number, "turn": self._answers.brush.turn, "exact": self._exact, "stock": stock,
            "load": None if stock else cargo.load, **self._plan(chart, cargo),
        })  # fmt: skip

    def _plan(self, chart, cargo):
        """Return what lies where in a cube, and who of the page shows what of it."""
        plan = {"places": list(cargo.places.values()), "active": [], "charts": [], "tiles": {}}
        for member in self._answers.audience:
            for name, part in member.parts(chart, cargo.places).items():
                plan[name] = {**plan[name], **part} if name == "tiles" else [*plan[name], *part]
        return plan

    def disarm(self):
        """Withdraw what the browser has; it goes with whatever made it wrong."""
        if self._chart is not None:
            self._chart, self._sent, self._heard = None, {}, frozenset()
            self._send_msg({"number": NO_CUBE})

    def exact(self, box):
        """Say that the charts on the screen are exact, and of which box, see :meth:`Brush.box`."""
        self._exact = box
        if self._chart is not None:
            self._send_msg({"number": EXACT, "box": box})

    def let_go(self):
        """Have the browser forget the brush that it holds: what is shown next is of none."""
        if self._chart is not None:
            self._send_msg({"number": LET_GO})

    def answered(self, chart):
        """Return the keys that the browser answers for a brush on a chart, none where the server has to."""
        return self._heard if chart == self._chart else frozenset()

    def _handle_msg(self, number):
        if number == STOCK:
            # A page that is drawn anew has nothing of what was sent before.
            self._stocks, self._stock = True, {}
            self._answers.look_ahead()
        # Word of a cube that has been withdrawn meanwhile counts for nothing.
        if number in self._sent:
            self._heard = self._sent[number]
            with pn.io.hold():
                self._answers.brush.answer()
