"""Errors a user can mend; the command line prints them in one line and the workbench shows them in place."""


class RetailPanelError(Exception):
    """Something could not be done; exit status 1."""


class UnusableInput(RetailPanelError):
    """The input or the options cannot be used as they are; exit status 2.

    The message names the file, column or option, the value seen, and what is allowed.
    """
