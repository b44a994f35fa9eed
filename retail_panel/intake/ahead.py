"""Reading ahead: the next blocks are unpacked and split in a thread of their own while this one is cleaned."""

import queue
import threading

DEPTH = 2
_END = object()


def ahead(blocks):
    """Yield what an iterator yields, taken from it in a background thread.

    Parameters
    ----------
    blocks : iterator
        Its errors are raised here.

    Yields
    ------
    Block
    """
    waiting, stop = queue.Queue(DEPTH), threading.Event()

    def put(item):
        while not stop.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def read():
        try:
            for block in blocks:
                if not put((block, None)):
                    return
            put((_END, None))
        except BaseException as error:  # noqa: BLE001
            put((_END, error))
        finally:
            blocks.close()

    thread = threading.Thread(target=read, name="intake-read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            block, error = waiting.get()
            if error is not None:
                raise error
            if block is _END:
                return
            yield block
    finally:
        stop.set()
        thread.join()
