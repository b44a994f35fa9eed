"""What answers ``POST /backup``: a copy of the store as of one moment, for whoever has the token of operators."""

import asyncio
import tempfile
import threading
from pathlib import Path

from retail_panel.ops.on_request import OnRequest
from retail_panel.store.files import file_of
from retail_panel.store.url import is_shared

CHUNK = 1 << 20


class Backup(OnRequest):
    """Copies the store and sends the copy; pages and the feed go on meanwhile."""

    #: A copy needs as much room as the store.
    under_way, busy = threading.Lock(), "a backup"

    async def work(self):
        """Answer with the file."""
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


def _folder(url):
    return None if url == "duckdb://" or is_shared(url) else file_of(url).absolute().parent


def handlers(probes):
    """Return the route of backups, as Panel takes it from a plugin."""
    return [("/backup", Backup, {"probes": probes})]
