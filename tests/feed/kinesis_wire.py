"""A wire between clients and a server on this machine, which a test may cut."""

import socket
import threading
from contextlib import suppress

from kafka_broker import free_port


class Wire:
    """Passes connections on from a port of its own.

    Parameters
    ----------
    to_port : int
        Of the server, on loopback.

    Attributes
    ----------
    port : int
        For clients.
    """

    def __init__(self, to_port):
        self.port, self._to_port = free_port(), to_port
        self._ends, self._listening = set(), None

    def join(self):
        """Take connections."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def cut(self):
        """End all connections and take no more."""
        if self._listening:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening):
        with suppress(OSError):
            while True:
                near = listening.accept()[0]
                try:
                    far = socket.create_connection(("127.0.0.1", self._to_port))
                except OSError:
                    near.close()
                    continue
                pair = {near, far}
                self._ends |= pair
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other, pair), daemon=True).start()

    def _pass(self, one, other, pair):
        with suppress(OSError):
            while taken := one.recv(65_536):
                other.sendall(taken)
        for end in pair:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        one.close()
        self._ends.discard(one)
