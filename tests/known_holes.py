"""Ask whether an installed version has a known hole; ``make test`` runs it.

Exit status 0: none has. 1: some have, or the database could not be asked while RETAIL_PANEL_AUDIT is ``strict``.
Otherwise a database that cannot be asked is said in one line, and nothing fails: whoever works without that network, or
behind a mirror that has packages only, can still run the tests.
"""

import json
import os
import subprocess
import sys

COMMAND = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--skip-editable")
MOST_S = 120


def verdict(output, complaint, strict):
    """Return (exit status, words) for what pip-audit wrote.

    Parameters
    ----------
    output, complaint : str
        Its standard output and its standard error.
    strict : bool
        Whether a database that could not be asked is a failure.
    """
    try:
        asked = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        why = (complaint.strip().splitlines() or ["it said nothing"])[-1]
        return int(strict), f"NOT AUDITED for known holes: pip-audit could not ask its database ({why})"
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'none yet'}"
        for each in asked
        for hole in each.get("vulns", ())
    ]
    unknown = [each["name"] for each in asked if "skip_reason" in each]
    if asked and len(unknown) == len(asked):
        return int(strict), "NOT AUDITED for known holes: pip-audit's database knows none of the packages"
    words = "\n".join(holes) or f"{len(asked) - len(unknown)} packages have no known hole"
    return int(bool(holes)), words + (f"; not looked up: {', '.join(unknown)}" if unknown else "")


def main(argv):
    """Run pip-audit with further arguments; returns the exit status."""
    try:
        found = subprocess.run([*COMMAND, *argv], capture_output=True, text=True, check=False, timeout=MOST_S)
        told = found.stdout, found.stderr
    except subprocess.TimeoutExpired:
        told = "", f"no answer within {MOST_S} s"
    status, words = verdict(*told, strict=os.environ.get("RETAIL_PANEL_AUDIT") == "strict")
    print(words, file=sys.stderr, flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
