"""A button that brings the present view as one HTML file: asked on a worker, drawn piece by piece on the event loop."""

import logging
from datetime import datetime
from functools import partial

import panel as pn
import panel_material_ui as pmui

from retail_panel.errors import RetailPanelError
from retail_panel.export import file_name
from retail_panel.pages.contents import PAGES
from retail_panel.pages.file_button import NO_RIGHT
from retail_panel.pages.inbox import Inbox
from retail_panel.report import Report, State
from retail_panel.store import Superseded, Ticket

log = logging.getLogger(__name__)
MEDIA_TYPE = "text/html;charset=utf-8"
READY = "Report of this view, to read and to print"


class ReportButton:
    """The button.

    Parameters
    ----------
    session : Session
        The visitor; its ``file`` is the report once it is made.
    server : Server
        The process they visit.
    clock : callable
        Returns the time at which a report is made.
    """

    def __init__(self, session, server, clock=datetime.now):
        self._session, self._server, self._clock = session, server, clock
        self._making = None
        self.layout = pmui.IconButton(
            icon="summarize", description=READY, size="small", margin=0, on_click=lambda event: self._press(),
            visible=session.person.may("export") and session.person.min_customers <= 1,
        )

    def _press(self):
        session, server, made_at = self._session, self._server, self._clock()
        if session.scene is None or self._making is not None:
            return
        # A report asks anew, and would tell of small groups.
        if not session.person.may("export") or session.person.min_customers > 1:
            session.problem = f"The report could not be made: {NO_RIGHT}"
            return
        self.layout.param.update(disabled=True, loading=True)
        session.problem = ""
        inbox, ticket = Inbox(), Ticket()
        pn.state.on_session_destroyed(partial(_call_off, ticket))
        report = self._making = Report(
            session.store, session.answers.scenes, State.read(session.state()), PAGES, server.settings.title,
            made_at, session.currency, session.policy, ticket,
        )  # fmt: skip

        def work():
            try:
                for step in report.steps():
                    inbox.put(partial(self._take, report, step))
                inbox.put(partial(self._save, report, made_at))
            except Superseded:
                log.info("a visitor left before their report was made")
            except Exception as error:
                if not isinstance(error, RetailPanelError):
                    log.exception("the report could not be made")
                inbox.put(partial(self._fail, report, error))

        server.workers.submit(work)

    def _take(self, report, step):
        if self._making is not report:
            return
        try:
            step.draw()
        except Exception as error:
            log.exception("the report could not be drawn")
            self._fail(report, error)
        else:
            self.layout.description = f"Making the report: {step.share:.0%}"

    def _save(self, report, made_at):
        if self._making is report:
            name = file_name(self._server.settings.title, "report", day=made_at.date(), suffix="html")
            self._session.bring(name, MEDIA_TYPE, report.html().encode())
            self._rest()

    def _fail(self, report, error):
        if self._making is report:
            self._session.problem = f"The report could not be made: {error}"
            self._rest()

    def _rest(self):
        self._making = None
        self.layout.param.update(disabled=False, loading=False, description=READY)


def _call_off(ticket, context):
    ticket.cancel()
