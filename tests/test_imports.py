"""Imports point one way: a module may import modules of its own layer and of those above it in this list."""

import ast
from pathlib import Path

import pytest

import retail_panel

LAYERS = (
    {"__init__", "allocator", "errors", "schema", "spreadsheet", "tally"},
    {"settings", "visitors"},
    {"store"},
    {"portal"},
    {"intake", "demo"},
    {"feed"},
    {"simulate"},
    {"measures", "inventory", "dimensions", "figures", "formats"},
    {"customers"},
    {"trends", "baskets", "operations", "live"},
    {"crossfilter"},
    {"insight"},
    {"export"},
    {"tiles", "answers", "audience", "lanes", "brush", "job"},
    {"state"},
    {"session"},
    {"views"},
    {"studies"},
    {"report"},
    {"pages"},
    {"server"},
    {"ops"},
    {"app", "admin"},
    {"commands", "__main__"},
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
MAY_IMPORT_PANEL = {"views", "studies", "pages", "session", "server", "portal", "ops", "app", "admin"}
ROOT = Path(retail_panel.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))


def part_of(module):
    """Return the part of the package that a file belongs to: its folder, or its own name."""
    return module.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(module):
    """Return the dotted names that a file imports anywhere in it; names from our own package with one part more."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: relative import"
            ours = node.module == "retail_panel"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} if ours else {node.module}
    return names


def our_parts(module):
    """Return the parts of our package that a file imports."""
    found = {name.split(".")[1] for name in imported(module) if name.startswith("retail_panel.")}
    return {part if (ROOT / part).exists() or (ROOT / f"{part}.py").exists() else "__init__" for part in found}


def named(module):
    return str(module.relative_to(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_imports_point_one_way(module):
    part = part_of(module)
    assert part in LEVEL, f"{part} has no place in LAYERS"
    wrong = {other for other in our_parts(module) if LEVEL.get(other, -1) > LEVEL[part]}
    assert not wrong, f"{part} may not import {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("module", MODULES, ids=named)
def test_only_the_outer_parts_import_panel(module):
    if part_of(module) in MAY_IMPORT_PANEL or named(module) == "commands/serve.py":
        return
    assert not {name for name in imported(module) if name.split(".")[0] in ("panel", "panel_material_ui")}


def test_the_reader_of_imports_sees_every_form(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("import panel.io\ndef f():\n from retail_panel import demo\n from retail_panel.store import x\n")
    assert imported(module) == {"panel.io", "retail_panel.demo", "retail_panel.store"}
