"""Work on the store that operators ask for with their token, one at a time of its kind."""

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.ops.guard import has_token
from retail_panel.ops.probes import Probe


class OnRequest(Probe):
    """A path that takes ``POST`` with the token of operators.

    Browsers of other sites are kept out, since the token stands in a header that no browser adds by itself.

    Attributes
    ----------
    under_way : threading.Lock
        Of each kind one: a second request while one is under way is told to come later.
    busy : str
        What a second one is told.
    wait_s : int
        After how many seconds it may come again.
    """

    under_way, busy, wait_s = None, "", 60

    def check_xsrf_cookie(self):
        """The token stands in a header, so there is nothing to forge."""

    async def post(self):
        """Answer with what :meth:`work` sends, or why not."""
        if not has_token(self.request, self.probes.token):
            self.set_header("WWW-Authenticate", 'Bearer realm="ops"')
            why = "is asked for, as Authorization: Bearer TOKEN" if self.probes.token else "is not set"
            self._refuse(401, f"the token of setting ops_token_file {why}")
        elif not self.under_way.acquire(blocking=False):
            self.set_header("Retry-After", str(self.wait_s))
            self._refuse(409, f"{self.busy} is under way; allowed: one at a time")
        else:
            try:
                await self.work()
            except UnusableInput as error:
                self._refuse(400, str(error))
            except RetailPanelError as error:
                self._refuse(500, str(error))
            finally:
                self.under_way.release()

    async def work(self):
        """Do it, and send the answer."""
        raise NotImplementedError

    def _refuse(self, status, text):
        self.set_status(status)
        self.finish({"error": text})
