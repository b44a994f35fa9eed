"""What a server without a login is made with."""

import subprocess
import sys

#: As on a machine where no extra is installed.
WITHOUT_EXTRAS = """
import sys
for name in ("jwt", "fastapi", "uvicorn", "bokeh_fastapi", "confluent_kafka", "boto3", "fastavro", "psycopg"):
    sys.modules[name] = None
from retail_panel.commands import serve
from retail_panel.portal.guarded_server import carry_person, guard, guarded_kwargs
given = {"port": 5006}
assert guarded_kwargs(given) is given
"""


def test_no_extra_is_needed_without_a_login():
    done = subprocess.run([sys.executable, "-c", WITHOUT_EXTRAS], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
