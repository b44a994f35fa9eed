"""The person inside a page: Bokeh puts a token into each page; ours names the person there, and holds no cookie."""

from bokeh.application.handlers.handler import Handler

from retail_panel.portal.gate import gate
from retail_panel.portal.person import Refused


class CarriedPerson(Handler):
    """Adds to the token of each session who asked for it, whom the web socket's own request then replaces."""

    def modify_document(self, doc):
        """Leave the document as it is."""

    def process_request(self, request):
        """Return what goes into the token."""
        if gate().is_open:
            return {}
        try:
            person = gate().carry({name: morsel.value for name, morsel in request.cookies.items()})
        except Refused:
            person = ""
        return {"person": person, "where": request.remote_ip}
