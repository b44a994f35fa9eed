"""Print a fresh secret, or the hash of a password."""

import getpass
import secrets

HELP = "print a fresh secret for a portal file, or the hash of a password"
BYTES = 48


def arguments(parser):
    """Add the options of this command."""
    parser.add_argument("--password", action="store_true", help="ask for a password, and print its hash instead")


def run(options):
    """Print it; nothing is kept."""
    if options.password:
        from retail_panel.portal.passwords import hashed

        print(hashed(getpass.getpass("Password: ")))
    else:
        print(secrets.token_urlsafe(BYTES))
