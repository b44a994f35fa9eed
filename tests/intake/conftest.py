"""Small files written for one test each, and what intake makes of them."""

from pathlib import Path

import pyarrow as pa
import pytest

from retail_panel.intake import Mapping, readings

REAL = Path(__file__).parents[3] / "shared" / "real-data"


@pytest.fixture
def write(tmp_path):
    """Return write(text_or_bytes, name="sales.csv") -> path."""

    def write(content, name="sales.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def cleaned():
    """Return cleaned(source, **options of Mapping) -> (rows, rows set aside, plan), all as one table each."""

    def cleaned(source, **options):
        (reading,) = readings(source, Mapping(**options))
        found = [result for _, result in reading.batches()]
        rows = pa.concat_tables([result.rows for result in found]).unify_dictionaries()
        return rows, pa.concat_tables([result.quarantine for result in found]), reading.plan

    return cleaned


@pytest.fixture
def real():
    """Return real(name) -> path of a real file; the test is skipped where it is not there."""

    def real(name):
        if not (REAL / name).exists():
            pytest.skip(f"the real file {name} is not there")
        return REAL / name

    return real
