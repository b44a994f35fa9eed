import logging

from tornado.websocket import WebSocketClosedError

from retail_panel.ops.logs import quiet_departures


def logged(caplog, error):
    try:
        raise error
    except type(error):
        logging.getLogger("asyncio").exception("never retrieved")
    return [record for record in caplog.records if record.message == "never retrieved"]


def test_a_visitor_who_left_is_no_error_and_others_are(caplog):
    quiet_departures()
    quiet_departures()
    assert not logged(caplog, WebSocketClosedError())
    assert logged(caplog, ValueError("kept"))
