"""What a frame shows in which nobody is logged in: why, and a way out, but never a form."""

import base64
import hashlib
import re

import pytest
from portal.served import served
from tornado.web import Application

from retail_panel.ops.headers import protect
from retail_panel.portal.attempts import Attempts
from retail_panel.portal.door import Stranger
from retail_panel.portal.login import LogoutHandler, PasswordLogin

HOST = "https://portal.example"
PAGE = {"Accept": "text/html"}
FRAME = {**PAGE, "Sec-Fetch-Dest": "iframe"}


@pytest.fixture
def client(gate, monkeypatch):
    routes = [("/login", PasswordLogin, {"attempts": Attempts(5)}), ("/logout", LogoutHandler), ("/.*", Stranger)]

    def application(*args, **settings):
        made = Application(*args, **settings)
        protect(made, [HOST])
        return made

    monkeypatch.setattr("portal.served.Application", application)
    with served(routes) as client:
        yield client


def policy(answer):
    return answer.headers["Content-Security-Policy"]


def test_a_frame_says_that_nobody_is_logged_in_and_where_one_does(client):
    answer = client.get("/app?embed=1&page=segments", headers=FRAME)
    assert answer.status_code == 401 and "Nobody is logged in" in answer.text
    assert 'href="/login?next=%2Fapp%3Fembed%3D1%26page%3Dsegments" target="_blank" rel="noopener"' in answer.text
    assert 'href="/app?embed=1&amp;page=segments"' in answer.text and "<form" not in answer.text
    assert f"frame-ancestors 'self' {HOST}" in policy(answer) and "default-src 'none'" in policy(answer)
    script = re.search(r"<script[^>]*>(.*?)</script>", answer.text, re.DOTALL)[1]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}';" in policy(answer)
    assert f'data-origins="[&#34;{HOST}&#34;]"' in answer.text


def test_an_address_cannot_put_anything_else_there(client):
    answer = client.get("/app?embed=1&x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", headers=FRAME)
    assert answer.text.count("<script") == 1 and "alert(1)" not in re.sub(r'href="[^"]*"', "", answer.text)
    assert all("://" not in link for link in re.findall(r'href="([^"]*)"', answer.text))


def test_a_window_goes_to_the_login_as_before(client):
    answer = client.get("/app?embed=1", headers={**PAGE, "Sec-Fetch-Dest": "document"})
    assert answer.status_code == 302 and answer.headers["Location"] == "/login?next=%2Fapp%3Fembed%3D1"


def test_an_old_browser_is_believed_the_address(client):
    assert "Nobody is logged in" in client.get("/app?embed=1", headers=PAGE).text
    assert client.get("/app", headers=PAGE).status_code == 302


@pytest.mark.parametrize("path", ["/login", "/login?embed=1", "/logout", "/logout?embed=1"])
@pytest.mark.parametrize("headers", [PAGE, FRAME])
def test_forms_stand_in_nobodys_frame(client, path, headers):
    answer = client.get(path, headers=headers)
    assert "<form" in answer.text and "frame-ancestors 'none'" in policy(answer) and "script-src" not in policy(answer)


def test_scripts_and_sockets_of_a_frame_get_no_page(client):
    assert client.get("/app?embed=1", headers={"Sec-Fetch-Dest": "script", "Accept": "*/*"}).text.startswith("401")


def test_a_wrong_password_keeps_the_name_as_text(client):
    form = client.get("/login", headers=PAGE)
    token = re.search(r'name="_xsrf" value="([^"]+)"', form.text)[1]
    sent = {"_xsrf": token, "name": '"><script>x</script>', "password": "wrong"}
    answer = client.post("/login", data=sent, headers={**PAGE, "Cookie": f"_xsrf={token}"})
    assert answer.status_code == 401 and "<script" not in answer.text
    assert 'value="&#34;&gt;&lt;script&gt;x&lt;/script&gt;"' in answer.text and answer.text.count("autofocus") == 1
