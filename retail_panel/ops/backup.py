"""What answers ``POST /backup``: a copy of the store as of one moment, for whoever has the token of operators."""

import asyncio
import tempfile
import threading
from pathlib import Path

from retail_panel.errors import RetailPanelError
from retail_panel.ops.guard import has_token
from retail_panel.ops.probes import Probe
from retail_panel.store.files import file_of

CHUNK = 1 << 20
#: One at a time: a copy needs as much room as the store.
_under_way = threading.Lock()


class Backup(Probe):
    """Copies the store and sends the copy; pages and the feed go on meanwhile.

    Browsers of other sites are kept out, since the token stands in a header that no browser adds by itself.
    """

    def check_xsrf_cookie(self):
        """The token stands in a header, so there is nothing to forge."""

    async def post(self):
        """Answer with the file."""
        if not has_token(self.request, self.probes.token):
            self.set_header("WWW-Authenticate", 'Bearer realm="ops"')
            why = "is asked for, as Authorization: Bearer TOKEN" if self.probes.token else "is not set"
            self._refuse(401, f"the token of setting ops_token_file {why}")
        elif not _under_way.acquire(blocking=False):
            self.set_header("Retry-After", "60")
            self._refuse(409, "a backup is under way; allowed: one at a time")
        else:
            try:
                await self._copy_and_send()
            except RetailPanelError as error:
                self._refuse(500, str(error))
            finally:
                _under_way.release()

    async def _copy_and_send(self):
        store = self.probes.server.store
        # Beside the store there is room for another one, which nobody promises of the temporary folder.
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=_folder(self.probes.server.settings.store)) as folder:
            file = Path(folder, "store.duckdb")
            await asyncio.get_running_loop().run_in_executor(self.probes.threads, store.copy_to, file)
            self.set_header("Content-Type", "application/vnd.duckdb")
            self.set_header("Content-Length", str(file.stat().st_size))
            with file.open("rb") as copy:
                while chunk := copy.read(CHUNK):
                    self.write(chunk)
                    await self.flush()

    def _refuse(self, status, text):
        self.set_status(status)
        self.finish({"error": text})


def _folder(url):
    return None if url == "duckdb://" else file_of(url).absolute().parent


def handlers(probes):
    """Return the route of backups, as Panel takes it from a plugin."""
    return [("/backup", Backup, {"probes": probes})]
