import json

from retail_panel import demo
from retail_panel.__main__ import main


def test_json_names_the_files_with_their_checksums(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "made"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["folder"] == str(tmp_path / "made")
    assert [record["name"] for record in printed["files"]] == list(demo.NAMES)
    for record in printed["files"]:
        path = tmp_path / "made" / record["name"]
        assert (record["sha256"], record["content_sha256"]) == demo.checksums(path)
        assert record["bytes"] == path.stat().st_size
    assert {record["name"]: record["rows"] for record in printed["files"]}["seed_layout.csv"] == 5_000


def test_table_names_the_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    printed = capsys.readouterr().out
    assert "Demo data in data" in printed and "5,000" in printed
    assert all(name in printed and (tmp_path / "data" / name).is_file() for name in demo.NAMES)


def test_a_file_in_the_way_is_unusable(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["demo", "--out", str(tmp_path / "file")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "a file; allowed: a folder" in error
