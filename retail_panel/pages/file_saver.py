"""What saves files that the server has made, in the browser of the visitor who asked for them."""

from pathlib import Path

import panel as pn
import param


class FileSaver(pn.custom.JSComponent):
    """Saves each file of a session once, and then lets go of it.

    Parameters
    ----------
    session : Session
        The visitor; follows its ``file``.
    """

    name_of_file = param.String(doc="Name of the file.")
    media_type = param.String(doc="Kind of the file, such as text/csv.")
    content = param.Bytes(default=b"", doc="What it holds; empty once it is saved.")
    made = param.Integer(default=0, doc="Grows by one with each file to save.")

    _esm = Path(__file__).with_name("file_saver.js").read_text(encoding="utf-8")

    def __init__(self, session, **params):
        super().__init__(width=0, height=0, margin=0, **params)
        self._session = session
        session.param.watch(lambda event: self._bring(event.new), "file", onlychanged=False)

    def _bring(self, file):
        if file is not None:
            name, media_type, content = file
            # The count comes last: it tells the browser that the others are there.
            self.param.update(name_of_file=name, media_type=media_type, content=content, made=self.made + 1)

    def _handle_msg(self, message):
        self.content = b""
        self._session.file = None
