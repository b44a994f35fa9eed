"""One chart or study by itself, where a host page shows no more."""

from retail_panel.pages.study_page import StudyPage


class Single:
    """What :class:`retail_panel.pages.book.Book` is, with one page that holds one chart.

    Parameters
    ----------
    contents : Contents
        With the chart or the study alone.
    session, details, touch
        As in :class:`retail_panel.pages.book.Book`.
    """

    def __init__(self, contents, session, details, touch=False):
        self._name, self._session = contents.name, session
        self._page = StudyPage(contents, session, details, touch)
        self.layout = self._page.layout

    def open(self, name):
        """Stay where the chart is."""
        self._session.page = self._name

    def tick(self):
        """Leave time to the pages that tell it."""

    def theme(self, dark):
        """Follow the light or dark paper."""
        self._page.theme(dark)
