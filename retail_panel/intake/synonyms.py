"""What columns and values are usually called: the data of ``synonyms.toml``, which recognition and cleaning look up."""

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files

_WORDS = tomllib.loads(files("retail_panel.intake").joinpath("synonyms.toml").read_text("utf-8"))

TIME_ROLES = ("ordered_at", "day", "given_at")
NUMBER_ROLES = ("amount", "quantity", "price", "list_amount", "list_price", "discount", "unit_cost", "on_hand", "score")


@dataclass(frozen=True)
class Layout:
    """A well-known export: the names that give it away (`needs`) and what they mean there (`roles`).

    Roles under `carry` are filled on the first line of an order only; `fill` gives a role whose blanks take another
    role's value; `shut` are columns that look like something but are totals of the whole order or ids of other things;
    `invoice_letters` says that order ids beginning with C are cancellations and with A adjustments.
    """

    name: str
    needs: tuple
    roles: dict
    carry: tuple = ()
    fill: dict = field(default_factory=dict)
    shut: tuple = ()
    invoice_letters: bool = False


@dataclass(frozen=True)
class Headerless:
    """A known file without a header: one (role or empty text, pattern) per column."""

    name: str
    columns: tuple


def _tuples(record):
    return {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}


#: Table -> role -> column names, the best first.
NAMES = {
    table: {role: tuple(names.split()) for role, names in roles.items()} for table, roles in _WORDS["names"].items()
}
LAYOUTS = tuple(Layout(**_tuples(record)) for record in _WORDS["layouts"])
HEADERLESS = tuple(Headerless(**_tuples(record)) for record in _WORDS["headerless"])
MISSING = tuple(_WORDS["values"]["missing"])
NO_CUSTOMER = tuple(_WORDS["values"]["no_customer"])
KIND_WORDS = {kind: tuple(words) for kind, words in _WORDS["values"]["kinds"].items()}
CURRENCY_SIGNS = dict(_WORDS["currencies"]["signs"])
CURRENCY_CODES = tuple(_WORDS["currencies"]["codes"].split())
