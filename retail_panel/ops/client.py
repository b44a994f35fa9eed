"""How commands of operators ask a server that runs."""

import json
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.client import HTTPException

from retail_panel.errors import RetailPanelError, UnusableInput
from retail_panel.ops.guard import SHORTEST
from retail_panel.portal.keys import read_secret

SERVER = "http://localhost:5006/"


def token_from(file):
    """Return the token of operators in a file.

    Raises
    ------
    UnusableInput
        If no file is named, or it holds no token.
    """
    if not file:
        raise UnusableInput("there is no token; allowed: --token-file FILE, or setting ops_token_file")
    return read_secret(file, SHORTEST).decode()


@contextmanager
def posted(url, path, token, body=b"", patience_s=60):
    """Post to a server, and yield what reads its answer.

    Parameters
    ----------
    url : str
        Of the server, prefix included.
    path : str
        Such as ``backup``.
    token : str
        Of operators.
    body : bytes
        What to send.
    patience_s : float
        Seconds to wait for it.

    Raises
    ------
    UnusableInput
        If the address is not one of the web.
    RetailPanelError
        If the server cannot be reached or refuses.
    """
    if not url.startswith(("http://", "https://")):
        raise UnusableInput(f"--url {url}: allowed: http:// or https://")
    place = f"{url.rstrip('/')}/{path}"
    request = urllib.request.Request(place, data=body, headers={"Authorization": f"Bearer {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=patience_s) as answer:
            yield answer
    except urllib.error.HTTPError as error:
        raise RetailPanelError(f"{place}: {error.code}, {_reason(error)}") from error
    except (OSError, HTTPException) as error:
        raise RetailPanelError(f"{place}: {error}") from error


def _reason(error):
    try:
        return json.load(error)["error"]
    except (ValueError, KeyError, TypeError):
        return error.reason
