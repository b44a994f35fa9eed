"""The workbench in a frame of another page, or as a part of it."""

import socket

from screen import CHARTS, Screen, until


def free_port():
    """Return a port that nobody listens to."""
    with socket.create_server(("localhost", 0)) as free:
        return free.getsockname()[1]


class FramePage:
    """A frame with the pointer and the keys of its page."""

    def __init__(self, frame):
        self._frame = frame
        self.mouse, self.keyboard = frame.page.mouse, frame.page.keyboard

    def __getattr__(self, name):
        return getattr(self._frame, name)


class Framed(Screen):
    """The workbench in a frame, as :class:`screen.Screen` is one in a window.

    Parameters
    ----------
    page : playwright.sync_api.Page
        The host page.
    title : str
        Of the frame.
    """

    def __init__(self, page, title):
        self._holder = page.locator(f"iframe[title='{title}']")
        self._holder.wait_for()
        super().__init__(FramePage(self._holder.element_handle().content_frame()), "")

    def open(self, query=""):
        """Wait until its first view is there; returns the screen."""
        self.page.locator(".status").first.wait_for(timeout=60_000)
        self.page.locator("#loader").wait_for(state="hidden", timeout=60_000)
        self.settle()
        return self

    def open_chart(self, chart):
        """Wait until a chart alone has figures; returns the screen."""
        self.page.locator(f".chart-{chart}").first.wait_for(timeout=60_000)
        self.page.evaluate(CHARTS)
        until(lambda: self.page.evaluate("name => !!charts.figure(name)", chart), f"the chart {chart}")
        until(lambda: any(self.source(chart)["part"]), lambda: self.source(chart))
        return self

    def show(self, chart):
        """Scroll the frame into view first: Chromium draws nothing in one that is out of sight."""
        self._holder.scroll_into_view_if_needed()
        super().show(chart)

    def place(self, chart, x, y):
        """Return the pixel of a point of a chart, in the host page's window."""
        left, top = super().place(chart, x, y)
        box = self._holder.bounding_box()
        return left + box["x"], top + box["y"]

    @property
    def height(self):
        """The height of the frame, in pixels."""
        return self._holder.bounding_box()["height"]

    @property
    def content_height(self):
        """The height of what the frame holds."""
        return self.page.locator(".main-content").bounding_box()["height"]
