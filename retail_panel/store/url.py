"""What a store's URL says."""

import re
from urllib.parse import urlsplit

SHARED = "postgresql"


def is_shared(url):
    """Whether a store URL names one that several processes open at once."""
    return urlsplit(url).scheme == SHARED


def shown(url):
    """Return a store URL as people may read it: without a password."""
    return re.sub(r"//([^:/@]*):.*@", r"//\1@", url).partition("?")[0]
