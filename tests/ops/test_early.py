"""Pages that begin before they are made: what comes first, what is left, and to whom nothing comes early."""

import asyncio
from types import SimpleNamespace

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from retail_panel.ops import early as module
from retail_panel.ops.early import Early, answer_early
from retail_panel.ops.headers import SecurityHeaders
from retail_panel.portal.person import LOCAL, Refused

SHEET = '    <link rel="stylesheet" href="static/shell.css">'
SCRIPT = '<script type="text/javascript" src="static/js/bokeh.min.js"></script>'
PAGE = f"""<!DOCTYPE html>
<html lang="en" {{}} data-theme-managed="true">
  <head>
    <title>Shop</title>
{SHEET}
{SCRIPT}
<script type="text/javascript">
  Bokeh.set_log_level("info");
</script>
  </head>
  <body>
    <div id="root"></div>
    <script>embed()</script>
  </body>
</html>"""
MADE = PAGE.format("data-curtained")


@pytest.fixture
def pictures(make_server, monkeypatch):
    """Pictures by person; who has none sees none."""
    found = {LOCAL: '<div id="glance">£5.1m</div>'}
    serving = make_server(title="Shop")
    monkeypatch.setattr(module, "server", lambda: serving)
    monkeypatch.setattr(module, "glances_of", lambda server: SimpleNamespace(of=lambda person: person))
    monkeypatch.setattr(module, "picture", lambda person, *more: found[person])
    return found


class Handler:
    """What answers one request for a page."""

    def __init__(self, target="/app", provider=None):
        line = RequestStartLine("GET", target, "HTTP/1.1")
        self.request = HTTPServerRequest(start_line=line, headers=HTTPHeaders({"Host": "localhost"}))
        nobody = SimpleNamespace(get_user=None, get_user_async=None)
        self.application = SimpleNamespace(prefix="", auth_provider=provider or nobody)
        self.headers, self.parts, self._now = {}, [], ""
        self.page = MADE

    def set_header(self, name, value):
        self.headers[name] = value

    def write(self, text):
        self._now += text

    async def flush(self):
        self.parts, self._now = [*self.parts, self._now], ""

    def answer(self, get, early):
        """Answer; returns the parts that were sent one after the other."""
        asyncio.run(answer_early(get, early)(self))
        return [*self.parts, self._now]


async def get(handler):
    handler.write(handler.page)


def test_the_picture_comes_first_and_the_rest_once(pictures):
    early = Early()
    picture, _, rest = Handler().answer(get, early)
    assert picture.startswith("<!DOCTYPE html>") and picture.endswith('<body>\n<div id="glance">£5.1m</div>\n')
    assert "<script" not in picture and "<link" not in picture, "nothing may keep the picture waiting"
    whole = picture + rest
    assert all(whole.count(part) == 1 for part in (SHEET, SCRIPT, "set_log_level", "embed()", "<body>", "</html>"))


def test_scripts_of_the_page_before_come_before_the_page(pictures):
    early = Early()
    Handler().answer(get, early)
    picture, scripts, rest = Handler().answer(get, early)
    assert SHEET in scripts and SCRIPT in scripts and SHEET not in rest and SCRIPT not in rest
    whole = picture + scripts + rest
    assert all(whole.count(part) == 1 for part in (SHEET, SCRIPT, "set_log_level", "embed()", "<body>", "</html>"))


def test_a_script_that_came_since_is_in_the_rest(pictures):
    early = Early()
    Handler().answer(get, early)
    handler, new = Handler(), '<script src="static/plotly.js"></script>'
    handler.page = MADE.replace(SCRIPT, f"{SCRIPT}\n{new}")
    *_, rest = handler.answer(get, early)
    assert new in rest and SCRIPT not in rest


def test_an_address_with_a_state_has_its_scripts_early_and_no_picture(pictures):
    early = Early()
    assert Handler("/app?sel.channel=Online").answer(get, early) == [MADE]
    first, scripts, rest = Handler("/app?sel.channel=Online").answer(get, early)
    assert "glance" not in first + scripts and SCRIPT in scripts and "embed()" in rest
    assert "£5.1m" in Handler("/app?theme=dark").answer(get, early)[0]


@pytest.mark.parametrize(
    "target", ["/admin", "/app/autoload.js", "/segments", "/app?bokeh-session-id=mine", "/app?bokeh-token=mine"]
)
def test_other_paths_are_answered_at_once(pictures, target):
    early = Early()
    Handler().answer(get, early)
    assert Handler(target).answer(get, early) == [MADE]


def test_a_session_that_is_named_in_a_header_is_looked_at_first(pictures):
    early = Early()
    Handler().answer(get, early)
    handler = Handler()
    handler.request.headers["Bokeh-Session-Id"] = "mine"
    assert handler.answer(get, early) == [MADE]


def test_a_page_that_was_not_opened_hides_the_picture(pictures):
    handler = Handler()
    handler.page = PAGE.format("")
    assert "#glance { display: none; }" in handler.answer(get, Early())[-1]
    assert "display: none" not in Handler().answer(get, Early())[-1]


def test_a_page_that_fails_hides_the_picture_too(pictures):
    async def fail(handler):
        raise ValueError("no page")

    handler = Handler()
    with pytest.raises(ValueError, match="no page"):
        handler.answer(fail, Early())
    assert "#glance { display: none; }" in handler._now


def test_nobody_without_a_login_is_shown_anything(pictures, monkeypatch):
    def nobody(request):
        raise Refused("nobody is logged in")

    early = Early()
    Handler().answer(get, early)
    monkeypatch.setattr(module, "person_of", nobody)
    assert Handler().answer(get, early) == [MADE]


def test_a_login_of_panels_own_is_waited_for(pictures):
    provider = SimpleNamespace(get_user=lambda handler: None, get_user_async=None)
    assert Handler(provider=provider).answer(get, Early()) == [MADE]


def test_all_parts_of_a_page_carry_the_nonce():
    request = Handler().request
    request.page_comes_in_parts = True
    answer = SecurityHeaders((), request)
    given = HTTPHeaders({"Content-Type": "text/html; charset=utf-8"})
    _, headers, first = answer.transform_first_chunk(200, given, b"<script>", False)
    nonce = headers["Content-Security-Policy"].partition("'nonce-")[2].partition("'")[0].encode()
    assert first == answer.transform_chunk(b"<script>", True) == b'<script nonce="' + nonce + b'">'
    assert "Content-Length" not in headers
