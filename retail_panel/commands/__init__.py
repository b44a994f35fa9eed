"""The commands of ``retail-panel``, one module each.

A command module has ``HELP`` (one line), ``arguments(parser)``, which adds its options to an
:class:`argparse.ArgumentParser`, and ``run(options)``, which does the work, prints, and returns nothing.
"""
