"""The message schema: the fields of an order line as JSON, and the intake plan that reads them."""

from dataclasses import dataclass

from retail_panel.errors import UnusableInput
from retail_panel.intake import Mapping, Plan
from retail_panel.intake.dates import DateReading
from retail_panel.intake.synonyms import NUMBER_ROLES

LINE_ID = "line_id"


@dataclass(frozen=True)
class Field:
    """One field of a message: name, plain type, and what it says."""

    name: str
    type: str
    doc: str


_NUMBER = "number or string"
#: Every field that is read; all others are ignored. A time and a worth (amount, or quantity and price) are needed.
MESSAGE = (
    Field("line_id", "string", "Stable id of the line: the same in every delivery of it, no other line's."),
    Field("order_id", "string", "Order or return document; a return names the order it takes from. Optional."),
    Field("customer_id", "string", "Customer; null or absent is a guest."),
    Field("ordered_at", "string", "ISO 8601 time of the sale or return, with or without zone. **Required.**"),
    Field("amount", _NUMBER, "Value of the line after discount. **Required**, unless quantity and price are there."),
    Field("quantity", _NUMBER, "Units."),
    Field("price", _NUMBER, "Price of one unit, used where there is no amount."),
    Field("discount", _NUMBER, "Taken off quantity times price."),
    Field("list_amount", _NUMBER, "Value of the line before discount."),
    Field("list_price", _NUMBER, "Price of one unit before discount, used where there is no list_amount."),
    Field("unit_cost", _NUMBER, "Cost of one unit."),
    Field("kind", "string", "Full Price, Discount or Return, or a usual word for one, such as refund or cancelled."),
    Field("product", "string", "Product or stock code."),
    Field("description", "string", "Product name."),
    Field("category", "string", "Product category."),
    Field("channel", "string", "Where it was sold, such as Online."),
    Field("store", "string", "Shop or site."),
    Field("country", "string", "Country or region."),
    Field("brand", "string", "Trading name."),
    Field("tier", "string", "Loyalty tier at the time of the line."),
    Field("currency", "string", "ISO 4217 code; absent means the currency of the settings."),
)
ROLES = tuple(field.name for field in MESSAGE if field.name != LINE_ID)


@dataclass(frozen=True)
class MessagePlan:
    """How the messages of a source are read.

    `plan` is that of intake, whose columns are the roles themselves; `paths` gives each role, and ``line_id``, the
    names that lead to its value, one for each level of nesting; `iso_only` says that times which do not begin with
    the year are set aside, since nobody said whether day or month comes first.
    """

    plan: Plan
    paths: dict
    iso_only: bool


def message_plan(source, mapping=None, line_id=LINE_ID, limits=None):
    """Decide how messages are read; unlike a file, a feed cannot be read as a whole first.

    Parameters
    ----------
    source : str
        Name of the feed.
    mapping : Mapping, optional
        Names of fields that differ from :data:`MESSAGE` (``customer.id`` is the id within the customer), constants,
        date format, decimal mark and time zone. Amounts of returns are taken off however they are signed, unless
        `returns` is ``negative``.
    line_id : str or None
        Field that holds the line's id; None ignores it.
    limits : tuple of (int, int), optional
        Lowest and highest absolute amount, in ten-thousandths, that is not marked as outlier.

    Returns
    -------
    MessagePlan

    Raises
    ------
    UnusableInput
        The mapping is one of another table, leaves out what a line needs, or names one field twice.
    """
    mapping = mapping or Mapping()
    if mapping.table not in (None, "order_line"):
        raise UnusableInput(f"{source}: table {mapping.table!r}; a feed brings order lines, order_line is allowed")
    strange = [role for role in mapping.columns if role not in ROLES]
    if strange:
        raise UnusableInput(f"{source}: role {strange[0]!r} is not one of a message; allowed: {', '.join(ROLES)}")
    names = {role: mapping.columns.get(role, role) for role in ROLES if role not in mapping.constants}
    names = {role: name for role, name in names.items() if name}
    if "ordered_at" not in names or not ("amount" in names or ("price" in names and "quantity" in names)):
        raise UnusableInput(f"{source}: the mapping leaves out what a line needs: ordered_at, and amount or quantity "
                            "and price")  # fmt: skip
    roles = {role: role for role in names}
    plan = Plan(
        "order_line",
        source,
        tuple(roles),
        roles,
        constants=dict(mapping.constants),
        times={"ordered_at": _reading(mapping)},
        marks=dict.fromkeys(NUMBER_ROLES, mapping.decimal_mark or "."),
        turn_returns=mapping.returns != "negative",
        limits=limits,
    )
    if line_id:
        names[LINE_ID] = line_id
    return MessagePlan(plan, _paths(source, names), not mapping.date_format)


def _reading(mapping):
    if mapping.date_format and "%" in mapping.date_format:
        return DateReading(None, mapping.date_format, mapping.timezone)
    return DateReading(mapping.date_format, None, mapping.timezone)


def _paths(source, names):
    paths = {role: tuple(name.split(".")) for role, name in names.items()}
    for role, path in paths.items():
        folded = tuple(part.lower() for part in path)
        for other, theirs in paths.items():
            if other != role and folded == tuple(part.lower() for part in theirs)[: len(folded)]:
                raise UnusableInput(
                    f"{source}: field {'.'.join(path)!r} is named for {role} and, itself or a part of it, for {other}; "
                    "one role a field is allowed, and names that differ in more than capitals"
                )
    return paths
