"""Write the tables of the docs that say what the code says: measures, dimensions, rules, settings, options.

``python docs/tables.py`` writes each between its marks, ``<!-- table: NAME -->`` and ``<!-- end -->``. A test fails
where one is not as the code has it.
"""

import argparse
import importlib
import re
from pathlib import Path

from retail_panel.__main__ import COMMANDS
from retail_panel.crossfilter.scope import LEAVE_OUT
from retail_panel.customers.personas import PERSONAS
from retail_panel.customers.rfm import RFMDefinition
from retail_panel.customers.segments import RULES, SEGMENTS
from retail_panel.dimensions import DIMENSIONS
from retail_panel.intake.mapping import CONSTANT_ROLES
from retail_panel.intake.synonyms import LAYOUTS, NAMES
from retail_panel.measures import MEASURES
from retail_panel.measures.record import OURS
from retail_panel.pages.contents import PAGES
from retail_panel.settings import describe

DOCS = Path(__file__).parent
MARKED = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: Measures by the table they are about.
ABOUT = {"order_line": "measures-sales", "stock": "measures-stock", "counted_line": "measures-stock",
         "feedback": "measures-feedback"}  # fmt: skip
#: How many of the names that a role is recognised by are shown.
NAMES_SHOWN = 6


def tables():
    """Return the tables: name to Markdown, each ending in a line feed."""
    found = {name: _measures(name) for name in dict.fromkeys(ABOUT.values())}
    found |= {f"roles-{table.replace('_', '-')}": _roles(roles) for table, roles in NAMES.items()}
    found |= {f"options-{name}": _options(name) for name in COMMANDS}
    found["dimensions"] = _table(
        ("Name", "Label", "Kind", "Level", "What it says", "Needs"),
        [(_code(d.name), d.label, d.kind, d.level, d.definition, _codes(d.needs)) for d in DIMENSIONS.values()],
    )
    found["rfm"] = _table(
        ("Choice", "Default", "What it means"),
        [(_code(name), _code(_default(RFMDefinition.param[name])), RFMDefinition.param[name].doc)
         for name in RFMDefinition.param if name != "name"],
    )  # fmt: skip
    found["segments"] = _table(("Segment", "What its customers are like"), [(s.name, s.description) for s in SEGMENTS])
    found["rules"] = _table(("R", "F", "M", "Segment"), [(*map(_range, cells), name) for name, *cells in RULES])
    found["personas"] = _table(
        ("Persona", "What its customers are like", "R", "F", "M"),
        [(p.name, p.description, *(f"{x:+.1f}" for x in p.position)) for p in PERSONAS],
    )
    found["leave-out"] = _codes(LEAVE_OUT) + "\n"
    found["constants"] = _codes(CONSTANT_ROLES) + "\n"
    found["layouts"] = ", ".join(layout.name for layout in LAYOUTS) + "\n"
    found["embedded"] = _table(
        ("Page", "Title", "Charts and studies that stand alone"),
        [(_code(p.name), p.title, _codes(each.name for each in (*p.charts, *p.studies))) for p in PAGES],
    )
    found["settings"] = _table(
        ("Setting", "Variable", "Default", "Allowed", "What it does"),
        [(_code(s["name"]), _code(s["variable"]), _code(s["default"]), s["allowed"], s["help"]) for s in describe()],
    )
    return found


def _measures(name):
    rows = [
        (_code(m.name), m.label, m.unit, m.definition, _made(m), _codes(m.needs), _source(m))
        for m in MEASURES.values()
        if ABOUT[m.table] == name
    ]
    return _table(("Name", "Label", "Unit", "What it is", "Made", "Needs", "Source"), rows)


def _made(measure):
    if measure.parts:
        return f"from {_codes(measure.parts)}"
    return "sum" if measure.additive else "distinct" if measure.key else "aggregate"


def _source(measure):
    return "ours" if measure.source == OURS else measure.source


def _roles(roles):
    return _table(("Role", "Recognised by"), [(_code(role), _known(names)) for role, names in roles.items()])


def _known(names):
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {len(names) - NAMES_SHOWN} more" if names[NAMES_SHOWN:] else "")


def _options(name):
    module = importlib.import_module(f"retail_panel.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"retail-panel {name}", add_help=False)
    module.arguments(parser)
    return _table(("Option", "What it does"), [(_code(_spelling(a)), _help(a)) for a in parser._actions])


def _spelling(action):
    value = action.metavar or ("|".join(action.choices) if action.choices else action.dest.upper())
    if not action.option_strings:
        return value
    return action.option_strings[0] + ("" if action.nargs == 0 else f" {value}")


def _help(action):
    return (action.help or "").replace("%%", "%")


def _default(parameter):
    return "none" if parameter.default is None else parameter.default


def _range(scores):
    low, high = scores
    return f"{low}" if low == high else f"{low} to {high}"


def _code(text):
    return f"`{text}`" if text else ""


def _codes(names):
    return ", ".join(map(_code, names))


def _table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    cells = ([str(cell).replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def rewritten(text):
    """Return a document with each marked table as the code has it."""
    found = tables()
    return MARKED.sub(lambda match: match[1] + found[match[2]] + match[3], text)


if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        path.write_text(rewritten(path.read_text("utf-8")), "utf-8")
