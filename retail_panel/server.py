"""One process: the store, its feed, the threads that answer, and what visitors share; nothing of a visitor."""

import atexit
import gc
import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from retail_panel import demo, intake
from retail_panel.allocator import Thrift, use_few_arenas
from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.feed import Pump, feed_source, ordinary_amounts, replay_file
from retail_panel.intake import Mapping
from retail_panel.portal.audit import Audit
from retail_panel.portal.gate import gate
from retail_panel.portal.keys import derived
from retail_panel.settings import load_settings
from retail_panel.store import Shelf, open_store
from retail_panel.store.load import NotFirst
from retail_panel.store.retainer import Retainer
from retail_panel.visitors import Visitors

#: A line of a feed is seen within a second, so it waits for others less than a fifth of one.
FEED_PACE = {"longest_s": 0.2, "back_off_s": 5.0}
#: Seconds for which a thread at work in Python keeps others waiting; a commit is handed over some forty times.
HAND_OVER_S = 0.0005
LOADING, READY, FAILED = "loading", "ready", "failed"
log = logging.getLogger(__name__)


class Closing(RetailPanelError):
    """The server closes, so a load under way is given up."""


@dataclass(frozen=True)
class ServerState:
    """How far a server is.

    Attributes
    ----------
    phase : str
        ``loading``, ``ready`` or ``failed``.
    text : str
        What is being done, or why it failed; one line for people.
    share : float or None
        How much of the loading is done, 0 to 1; None where that cannot be said.
    rows : int
        Rows read so far.
    """

    phase: str = LOADING
    text: str = "Starting"
    share: float | None = None
    rows: int = 0


class Server:
    """The store and everything that visitors share.

    Parameters
    ----------
    settings : Settings
        What to open, load and feed in.

    Attributes
    ----------
    settings : Settings
        As given.
    store : Store
        Open from the start; empty until the source is loaded.
    shelf : Shelf
        Answers that visitors share.
    workers : concurrent.futures.ThreadPoolExecutor
        Runs questions off the event loop.
    audit : Audit or None
        Writes down who did what; None without a login.
    pump : Pump or None
        Brings the rows of the feed or the replay; None without either, and until the source is loaded.
    retainer : Retainer or None
        Rolls up old days; None where lines are kept for good.
    state : ServerState
        Changes while the source loads.
    visitors : Visitors
        The open pages.
    is_stopping : bool
        Whether it has begun to stop: pages are told, and no new ones should come.

    Raises
    ------
    RetailPanelError
        If the store cannot be opened, such as a file that another process has open.
    """

    def __init__(self, settings):
        self.settings = settings
        portal = gate(settings.portal).portal
        if settings.keep_lines and portal is not None:
            portal.roles.check_rolled_up()
        self.store = open_store(settings.store, memory_limit=settings.memory_limit, threads=settings.engine_threads)
        self.shelf = Shelf()
        self.workers = ThreadPoolExecutor(settings.workers, thread_name_prefix="answer")
        self.pump = None
        if portal is not None:
            self.store.pseudonyms.use(derived(portal.secret, "pseudonyms"))
        self.audit = Audit(self.store, portal.audit_days) if portal is not None else None
        self.retainer = Retainer(self.store, settings.keep_lines) if settings.keep_lines else None
        self.state = ServerState()
        self.visitors = Visitors(settings.pages_most, settings.pages_each)
        #: Keeps memory while visitors ask; None where the process's memory is not ours to see to.
        self.thrift = None
        self.is_stopping = False
        self._closing = threading.Event()
        self._loader = threading.Thread(target=self._load, name="load", daemon=True)

    def start(self, then=None, first=None):
        """Load the source in the background, then let the feed run; returns the server.

        Parameters
        ----------
        then : callable, optional
            Called once the source is loaded, or has failed, in the thread that loads.
        first : callable, optional
            ``first(server, is_over)`` is called once the source is loaded, before the server is ready; ``is_over()``
            says that the server closes.
        """
        sys.setswitchinterval(HAND_OVER_S)
        self._then, self._first = then, first
        atexit.register(self.close)
        self._loader.start()
        if self.audit:
            self.audit.start()
        return self

    def wait(self, timeout_s=None):
        """Wait until the source is loaded or has failed; returns the state then."""
        self._loader.join(timeout_s)
        return self.state

    def say_goodbye(self):
        """Tell every open page that the server restarts; returns how many there are."""
        self.is_stopping = True
        return self.visitors.say_goodbye()

    def close(self):
        """Give up loading, commit what the feed gathered, close the store; a second call does nothing.

        Answers under way are waited for at the very end, when a kill would cost no rows any more.
        """
        atexit.unregister(self.close)
        if self._closing.is_set():
            return
        self._closing.set()
        self.store.hurry()
        self.workers.shutdown(wait=False, cancel_futures=True)
        if self._loader.ident:
            self._loader.join()
        if self.pump:
            self.pump.stop()
        if self.retainer:
            self.retainer.stop()
        if self.audit:
            self.audit.stop()
        self.store.close()
        self.workers.shutdown()

    def _load(self):
        try:
            self._load_source()
            self._open_feed()
            self._prepare()
            self.state = ServerState(READY, "Ready", 1.0, self.state.rows)
            if self.retainer and not self._closing.is_set():
                self.retainer.start()
        except Closing as error:
            self.state = ServerState(FAILED, str(error))
        except RetailPanelError as error:
            self.state = ServerState(FAILED, " ".join(str(error).split()))
        except Exception as error:
            log.exception("loading failed")
            self.state = ServerState(FAILED, f"{type(error).__name__}: {error}")
        if self._then is not None:
            self._then()

    def _prepare(self):
        if self._first is None or self._closing.is_set():
            return
        self._progress(self.state.rows, None, "preparing the first view")
        try:
            self._first(self, self._closing.is_set)
        except Exception:
            # Visitors wait a little longer, and are told if it fails for them, too.
            log.exception("the first view could not be prepared")

    def _load_source(self):
        fed = self.settings.replay or self.settings.feed
        # Where others may bring rows, an empty store need not stay empty, and the demo has no place.
        source = self.settings.source or (None if fed or self.store.is_shared else demo.folder())
        if source and self.store.version == 0:
            with suppress(NotFirst):
                intake.load(str(source), self.store, self.settings.mapping, self._progress, first=True)

    def _open_feed(self):
        settings = self.settings
        if settings.replay and settings.feed:
            raise UnusableInput("a replay and a feed are set; allowed: one of them")
        if not (settings.replay or settings.feed):
            return
        self.pump = Pump(self._replay(), self.store) if settings.replay else Pump(self._feed(), self.store, **FEED_PACE)
        self.pump.open()
        if not self._closing.is_set():
            self.pump.start()

    def _replay(self):
        settings = self.settings
        replay = replay_file(
            settings.replay, mapping=settings.mapping, progress=self._progress, speed=settings.replay_speed,
            start=settings.replay_from,
        )  # fmt: skip
        self._progress(self.state.rows, None, "bringing in the history")
        return replay

    def _feed(self):
        settings = self.settings
        mapping = Mapping.read(settings.feed_mapping) if settings.feed_mapping else Mapping()
        limits = ordinary_amounts(self.store, mapping.outliers)
        return feed_source(settings.feed, settings.feed_settings, mapping, limits)

    def _progress(self, rows, share, text):
        if self._closing.is_set():
            raise Closing("the server was closed while it loaded")
        self.state = ServerState(LOADING, text, share, rows)


_making = threading.Lock()
_made = None


def server(settings=None):
    """Return the server of this process, made and started by whoever asks first.

    Parameters
    ----------
    settings : Settings, optional
        For the one who asks first; default: what :func:`load_settings` finds.

    Raises
    ------
    RetailPanelError
        If settings are given though the server runs already, or the store cannot be opened.
    """
    global _made
    with _making:
        if _made is None:
            # Before there are threads: what it has Bokeh make of its classes stays wrong for good, and no page opens,
            # where another thread draws meanwhile, for which HoloViews has Bokeh look at no value of any thread.
            import panel_material_ui  # noqa: F401

            is_thrifty = use_few_arenas()
            _made = Server(settings or load_settings())
            _made.thrift = Thrift().start() if is_thrifty else None
            # Whoever logs in may see other rows.
            _made.start(_set_apart, _rehearse if gate().is_open else None)
        elif settings is not None and settings != _made.settings:
            raise RetailPanelError("this process serves already, with other settings; allowed: one server a process")
        return _made


def _rehearse(server, is_over):
    # Here, since pages take long to import, and the source is loaded meanwhile.
    from retail_panel.pages.rehearsal import rehearse

    rehearse(server, is_over)


def _set_apart():
    """Spare the collector of garbage what is there for good, some 450,000 objects, 0.3 s each time."""
    gc.collect()
    gc.freeze()
