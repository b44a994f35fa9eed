"""Words on periods that the data holds only a part of."""


def partly(labels):
    """Return a sentence on hollow points; nothing where there are none."""
    if not len(labels):
        return ""
    listed = " and ".join(labels) if len(labels) < 3 else f"{', '.join(labels[:-1])} and {labels[-1]}"
    return f" {listed} {'is' if len(labels) == 1 else 'are'} partial (drawn hollow) and left out."
