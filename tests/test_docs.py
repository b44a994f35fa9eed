"""The documentation says what the code says: its tables, commands, links and the worked example."""

import argparse
import configparser
import importlib
import re
import runpy
import shlex
from pathlib import Path

import pytest

from retail_panel.__main__ import COMMANDS
from retail_panel.dimensions import DIMENSIONS
from retail_panel.intake import Mapping, inspect
from retail_panel.measures import MEASURES
from retail_panel.pages import contents
from retail_panel.settings import describe

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "data" / "README.md", *sorted(DOCS.glob("*.md"))]
#: Also those that stand inside a list.
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
TABLES = runpy.run_path(str(DOCS / "tables.py"))


def text_of(page):
    return page.read_text("utf-8")


def prose_of(page):
    return BLOCK.sub("", text_of(page))


def blocks(page, language):
    return [body for found, body in BLOCK.findall(text_of(page)) if found == language]


def anchors(page):
    titles = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def parser():
    made = argparse.ArgumentParser(exit_on_error=False)
    commands = made.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        importlib.import_module(f"retail_panel.commands.{name}").arguments(commands.add_parser(name))
    return made


def shell_lines(page):
    lines = [line for body in blocks(page, "sh") for line in body.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_tables_are_as_the_code_has_them(page):
    assert text_of(page) == TABLES["rewritten"](text_of(page)), "run python docs/tables.py"


def test_every_table_is_on_a_page():
    marked = [name for page in DOCS.glob("*.md") for _, name, _ in TABLES["MARKED"].findall(text_of(page))]
    assert sorted(marked) == sorted(TABLES["tables"]())


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("definitions.md", [*MEASURES, *DIMENSIONS]),
        ("settings.md", [setting["name"] for setting in describe()]),
    ],
)
def test_every_name_has_a_row(page, names):
    rows = set(re.findall(r"^\| `(\w+)` \|", text_of(DOCS / page), re.MULTILINE))
    assert set(names) <= rows


def test_every_command_has_an_example():
    shown = {parser().parse_args(shlex.split(line)[1:]).command for line in shell_lines(ROOT / "README.md")
             if line.startswith("retail-panel")}  # fmt: skip
    assert shown == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_listed(command):
    listed = TABLES["tables"]()[f"options-{command}"]
    made = argparse.ArgumentParser(add_help=False)
    importlib.import_module(f"retail_panel.commands.{command}").arguments(made)
    for action in made._actions:
        assert f"`{(*action.option_strings, action.metavar)[0]}" in listed
        assert action.help


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_command_lines_parse(page):
    targets = set(re.findall(r"^([\w-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for line in shell_lines(page):
        words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
        if words[0] == "make":
            assert set(words[1:]) <= targets, line
        else:
            assert words[0] == "retail-panel", line
            try:
                parser().parse_args(words[1:])
            except (argparse.ArgumentError, SystemExit) as error:
                pytest.fail(f"{line}: {error}")


#: Who runs the commands of a page, and in blocks of which languages they stand.
RUN = {"portal.md": {"sh"}, "security.md": {"sh"}, "operations.md": {"sh", "bash", "text"}}


@pytest.mark.parametrize("page", RUN)
def test_no_command_stands_where_no_test_runs_it(page):
    programs = "retail-panel|panel|python3?|pip|curl|docker|systemctl|openssl|make"
    command = re.compile(rf"^ *(?:\$ |sudo )?(?:{programs})\b", re.MULTILINE)
    found = BLOCK.findall(text_of(DOCS / page))
    assert {language for language, body in found if command.search(body)} == RUN[page]
    # An odd number of fences would turn blocks inside out.
    assert len(re.findall(r"^ *```", text_of(DOCS / page), re.MULTILINE)) == 2 * len(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in ("".join(found) for found in LINK.findall(prose_of(page))):
        if re.match(r"https?://", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{link}: no such file"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


def test_every_dependency_is_explained():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    lists = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    named = {re.match(r"[\w-]+", line)[0] for each in lists for line in each.split("\n") if re.match(r"\w", line)}
    explained = set(re.findall(r"`([\w-]+)` \|", text_of(DOCS / "dependencies.md")))
    assert named <= explained
    assert explained <= named | set(setup["options.extras_require"])


def test_architecture_places_every_module():
    text = text_of(DOCS / "architecture.md")
    top = [path for path in (ROOT / "retail_panel").iterdir() if not path.name.startswith("__")]
    names = [f"{path.name}/" if path.is_dir() else path.name for path in top]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_worked_example_is_read_as_it_says(tmp_path):
    page = DOCS / "bring-your-own-data.md"
    (rows,), (mapping,) = blocks(page, "csv"), blocks(page, "toml")
    (tmp_path / "till.csv").write_text(rows, "utf-8")
    (tmp_path / "till.toml").write_text(mapping, "utf-8")
    report = inspect(tmp_path / "till.csv", Mapping.read(tmp_path / "till.toml")).to_dict()
    assert (report["rows_loaded"], report["rows_quarantined"]) == (3, 1)
    assert (report["returns"]["value"], report["turned"]["rows"]) == (-45, 1)
    assert report["quarantined"][0]["examples"][0]["position"] == "5"


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "settings.md"], ids=lambda page: page.name)
def test_files_shown_are_taken(page, tmp_path):
    from retail_panel.settings import load_settings

    read = {"README.md": Mapping.read, "settings.md": lambda file: load_settings({}, file)}[page.name]
    (shown,) = blocks(page, "toml")
    (tmp_path / "shown.toml").write_text(shown, "utf-8")
    assert read(tmp_path / "shown.toml")


def test_each_threat_has_a_test():
    table = text_of(DOCS / "security.md").partition("## Threats")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) > 25
    assert [row[0] for row in rows if len(row) != 3 or "`tests/" not in row[2]] == []


def test_pictures_are_small():
    pictures = list((DOCS / "images").glob("*.png"))
    assert pictures
    assert all(picture.stat().st_size < 300_000 for picture in pictures)


@pytest.mark.parametrize(("page", "least"), [("features.md", 40), ("security.md", 30)])
def test_pages_and_tests_that_are_named_are_there(page, least):
    named = set(re.findall(r"`(tests/[^`]+)`", text_of(DOCS / page)))
    assert len(named) > least
    for name in named:
        file, _, test = name.partition("::")
        assert (ROOT / file).exists(), file
        assert not test or f"def {test}(" in text_of(ROOT / file), name


def test_the_tour_names_what_is_there():
    """Every page, and in italics charts, studies and buttons."""
    tour = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    assert [page.title for page in contents.PAGES if page.title not in tour] == []
    shown = {part.title for page in contents.PAGES for part in (*page.charts, *page.studies)}
    buttons = {"Make the selection my scope", "Show these"}
    stressed = {" ".join(words.split()) for words in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", tour)}
    assert len(stressed) > 5 and stressed - shown - buttons == set()
