"""What is on its way to the browsers, kept moving."""

import functools

from panel.io import document as panel_document


def keep_moving():
    """Let Panel send messages that it would leave lying; a second call does nothing.

    Panel 1.9.4 hands messages that it cannot send at once to a task. A task that ends takes away the mark without
    which the next one, begun meanwhile, sends nothing: its messages lay until something else on the page changed.
    """
    send = panel_document._dispatch_msgs
    if not hasattr(send, "__wrapped__"):
        panel_document._dispatch_msgs = _thorough(send)


def _thorough(send):
    @functools.wraps(send)
    async def send_all(document):
        await send(document)
        if document in panel_document._WRITE_MSGS and document not in panel_document._WRITE_BLOCK:
            panel_document._WRITE_BLOCK[document] = True
            panel_document._dispatch_write_task(document, send_all, document)

    return send_all
