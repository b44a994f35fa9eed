"""What browsers say, read without listing all models of a page for each message."""

from collections import ChainMap

from bokeh.core.serialization import Deserializer
from bokeh.document import document as bokeh_document


def read_by_name():
    """Have Bokeh find the models that a message names where the document has them; a second call does nothing.

    Bokeh 3.9 makes a dictionary of all models of a page, some two thousand, for each message: an eighth of a move of a
    brush.
    """
    bokeh_document.Deserializer = _Reading


class _Reading(Deserializer):
    def __init__(self, references=None, *, setter=None):
        super().__init__(setter=setter)
        if references:
            # New ones go into the first; the second is replaced by the document, never changed.
            self._references = ChainMap({}, references[0].document.models._models)
