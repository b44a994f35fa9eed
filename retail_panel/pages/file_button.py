"""A button that has a file made by a worker, and brings it."""

import functools

import panel_material_ui as pmui

NO_RIGHT = "you have no right to take files along; ask whoever runs this workbench for it"
ESTIMATES = "figures are still estimates; take the file along once they are exact"


class FileButton:
    """One file that a visitor may take home.

    Parameters
    ----------
    session : Session
        The visitor; its ``file`` is the file once it is made, its ``problem`` says why it could not be.
    label : str
        What the button says.
    media_type : str
        Kind of the file.
    begin : callable
        ``begin()``, on the event loop as the button is pressed, returns what makes the file: ``write(ticket)``, which
        runs on a worker and returns bytes.
    name, words, problem : str, optional
        As in :meth:`offer`.
    """

    def __init__(self, session, label, media_type, begin, name="", words="", problem=""):
        self._session, self._media_type, self._begin = session, media_type, begin
        self._making = False
        self.layout = pmui.Button(
            label=label, icon="download", variant="outlined", size="small", margin=2,
            on_click=lambda event: self.press(), visible=session.person.may("export"),
        )  # fmt: skip
        self.offer(name, words, problem)

    def offer(self, name, words="", problem=""):
        """Say what the file holds.

        Parameters
        ----------
        name : str
            Name of the file.
        words : str
            What it holds.
        problem : str
            Why there can be none; empty where there can.
        """
        self.name, self._problem = name, problem
        self.layout.description = problem or words or None
        self._follow()

    def _follow(self):
        self.layout.param.update(disabled=self._making or bool(self._problem), loading=self._making)

    def press(self):
        """Have the file made, unless it is being made already."""
        if self._making or self._problem:
            return
        session, name = self._session, self.name
        session.problem = ""
        if not session.person.may("export"):
            self._fail(name, NO_RIGHT)
            return
        if session.scene is not None and session.scene.is_estimate:
            self._fail(name, ESTIMATES)
            return
        try:
            write = self._begin()
        except Exception as error:
            self._fail(name, error)
            return

        def work(ticket):
            yield functools.partial(self._bring, (name, self._media_type, write(ticket)))

        self._making = True
        self._follow()
        session.answers.make(work, functools.partial(self._fail, name))

    def _bring(self, file):
        self._rest()
        self._session.bring(*file)

    def _fail(self, name, error):
        self._rest()
        self._session.problem = f"The file {name} could not be made: {error}"

    def _rest(self):
        self._making = False
        self._follow()
