import os
import subprocess
import sys
import zlib
from hashlib import sha256

import pytest

from retail_panel import demo
from retail_panel.demo.files import file_content, packed, unpacked
from retail_panel.errors import RetailPanelError, UnusableInput

PROBE = b"".join(b"%d,%d\n" % (row, row * 7919 % 10007) for row in range(20_000))
PROBE_PACKED = "6d495274c20d6513191bb380766d17e1ca3d2ecc04b37dd03d82fbd130f11503"

same_zlib = pytest.mark.skipif(
    sha256(packed(PROBE)).hexdigest() != PROBE_PACKED, reason=f"zlib {zlib.ZLIB_RUNTIME_VERSION} here packs otherwise"
)


@pytest.fixture(scope="module")
def contents(lines, stock, feedback, seed_layout):
    return {
        name: file_content(table) for name, table in zip(demo.NAMES, (lines, stock, feedback, seed_layout), strict=True)
    }


@pytest.mark.parametrize("name", demo.NAMES)
def test_committed_file_holds_what_a_fresh_run_makes(data, contents, name):
    assert unpacked(data / name) == contents[name]


@same_zlib
@pytest.mark.parametrize("name", demo.NAMES)
def test_committed_file_is_packed_as_a_fresh_run_packs_it(data, contents, name):
    fresh = packed(contents[name]) if name.endswith(".gz") else contents[name]
    assert (data / name).read_bytes() == fresh


def test_readme_states_the_checksums(data, tables):
    stated = {name: (file, content) for name, file, content in tables["file", "of the file"]}
    assert stated == {name: demo.checksums(data / name) for name in demo.NAMES}


def test_readme_states_the_rows(contents, tables):
    stated = {name: int(rows.replace(",", "")) for name, rows, _ in tables["file", "rows"]}
    assert stated == {name: content.count(b"\n") - 1 for name, content in contents.items()}


def test_all_files_together_are_small(data):
    assert sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) < 8_000_000


def test_two_runs_agree_whatever_the_time_zone_language_and_hash_seed(tmp_path):
    runs = (
        {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    )
    for number, setting in enumerate(runs):
        call = f"from retail_panel.demo import make; make({str(tmp_path / str(number))!r})"
        subprocess.run([sys.executable, "-c", call], check=True, env={**os.environ, **setting})
    for name in demo.NAMES:
        assert (tmp_path / "0" / name).read_bytes() == (tmp_path / "1" / name).read_bytes()


def test_packed_files_name_no_time_and_no_file():
    assert packed(b"a,b\n1,2\n")[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"


def test_make_tells_its_progress_and_leaves_nothing_else(tmp_path):
    told = []
    written = demo.make(tmp_path / "new" / "folder", lambda *step: told.append(step))
    assert told == [(number, 4, name) for number, name in enumerate(demo.NAMES)]
    made = tmp_path / "new" / "folder"
    assert [str(path.relative_to(made)) for path in written] == list(demo.NAMES)
    assert sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()) == sorted(demo.NAMES)


def test_make_refuses_a_file(tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(UnusableInput, match="a file; allowed: a folder"):
        demo.make(tmp_path / "file")
    with pytest.raises(RetailPanelError, match="below: the folder cannot be made"):
        demo.make(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "kept"


def test_make_says_which_file_cannot_be_written(tmp_path):
    (tmp_path / "demo" / "order_lines.csv.gz").mkdir(parents=True)
    with pytest.raises(RetailPanelError, match="order_lines.csv.gz: cannot be written"):
        demo.make(tmp_path)
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["order_lines.csv.gz"]


def test_folder_is_the_checkouts(data):
    assert demo.folder() == data / "demo"


def test_folder_is_made_once_in_the_cache_of_an_installed_wheel(tmp_path, monkeypatch):
    monkeypatch.setattr("retail_panel.__file__", str(tmp_path / "site-packages" / "retail_panel" / "__init__.py"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = demo.folder()
    assert place.is_relative_to(tmp_path / "cache" / "retail-panel")
    made = {name: (place.parent / name).stat().st_mtime_ns for name in demo.NAMES}
    assert demo.folder() == place
    assert made == {name: (place.parent / name).stat().st_mtime_ns for name in demo.NAMES}
    (place / "stock.csv.gz").unlink()
    assert (demo.folder() / "stock.csv.gz").is_file()
