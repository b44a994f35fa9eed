"""A portal file of two shops, and whoever logs in by it."""

import secrets

import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc
from portal.portal_text import TEXT
from portal.two_shops import EITHER, NORTH, pair

from retail_panel.portal import audit
from retail_panel.portal import gate as gates
from retail_panel.portal.gate import Gate
from retail_panel.portal.passwords import hashed


@pytest.fixture(scope="session")
def hashes():
    """Hashes of the passwords, which are ``<name>'s password``."""
    return {name: hashed(f"{name}'s password") for name in ("vera", "anna", "nora")}


@pytest.fixture
def portal_file(tmp_path, hashes):
    """The path of the portal file."""
    (tmp_path / "secret").write_text(secrets.token_hex(32))
    path = tmp_path / "portal.toml"
    path.write_text(TEXT.format(**hashes))
    return path


@pytest.fixture
def now():
    """A clock that a test sets: one number of seconds."""
    return [1_800_000_000.0]


@pytest.fixture
def gate(portal_file, now):
    """The gate of the process, by the portal file; nothing of earlier tests waits to be written down."""
    while not audit._waiting.empty():
        audit._waiting.get()
    made = Gate(gates.read_portal(portal_file), lambda: now[0])
    before = gates.set_gate(made)
    yield made
    gates.set_gate(before)


@pytest.fixture
def document():
    """A document that Panel takes for the present one."""
    document = Document()
    with set_curdoc(document):
        yield document


@pytest.fixture(scope="module", params=[NORTH, EITHER], ids=["one way", "two ways"])
def shops(request):
    """The rows of all, beside those of the visitor alone; and the scenes that an administrator has looked at before."""
    with pair(request.param) as (both, others):
        yield request.param, both, others
