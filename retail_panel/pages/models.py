"""The models of a document, which Bokeh lists anew whenever one of them comes or goes."""

from contextlib import contextmanager


@contextmanager
def listed_once(document):
    """List a document's models once for all that is changed inside, and not at all where none came or went.

    To list some two thousand takes 20 ms, and a page that opens changes them a hundred times. Bokeh's own ``freeze``
    lists them at its end whatever happened.
    """
    models = document.models
    if "invalidate" in vars(models):
        yield
        return
    changed = []
    models._freeze_count += 1
    models.invalidate = lambda: changed.append(True)
    try:
        yield
    finally:
        del models.invalidate
        models._freeze_count -= 1
        if changed:
            models.invalidate()
