"""Groups become role, rights and rows; whoever is not named has no access."""

from dataclasses import replace

import pytest

from retail_panel.errors import UnusableInput
from retail_panel.portal.entries import Entries
from retail_panel.portal.person import LOCAL, Refused
from retail_panel.portal.roles import COLUMNS, Roles
from retail_panel.store import EVERYTHING, RowPolicy

ONLINE, LEEDS = RowPolicy((("channel", ("Online",)),)), RowPolicy((("store", ("Leeds",)),))
ROLES = Roles(
    {"viewers": "viewer", "analysts": "analyst", "admins": "admin"},
    policies={"online": ONLINE, "leeds": LEEDS, "everyone": EVERYTHING}, min_customers=4,
)  # fmt: skip


def read(tmp_path, text):
    file = tmp_path / "portal.toml"
    file.write_text(text)
    entries = Entries.read(file)
    found = Roles.read(entries)
    entries.done()
    return found


def test_a_person_has_the_highest_role_of_their_groups_and_its_rights():
    person = ROLES.person("Ann", ["analysts", "viewers", "online", "unknown"])
    assert (person.role, person.policy, person.min_customers) == ("analyst", replace(ONLINE, masked=True), 0)
    assert person.may("export") and not person.may("see_customers") and not person.may("admin")
    assert ROLES.person("Vera", ["viewers", "online"]).min_customers == 4


def test_rows_of_several_groups_add_up_whatever_their_order():
    one = ROLES.person("Ann", ["viewers", "online", "leeds"]).policy
    other = ROLES.person("Ann", ["leeds", "viewers", "online"]).policy
    assert one == other == replace(RowPolicy.any_of([LEEDS, ONLINE]), masked=True)
    assert ROLES.person("Ann", ["admins", "online", "everyone"]).policy == EVERYTHING


@pytest.mark.parametrize("groups", [[], ["unknown"], ["online"], ["viewers"], ["admins"]])
def test_who_has_no_role_or_no_rows_has_no_access(groups):
    with pytest.raises(Refused):
        ROLES.person("Nobody", groups)


def test_without_any_file_there_is_one_person_who_may_everything():
    assert LOCAL.policy == EVERYTHING and all(LOCAL.may(right) for right in ("export", "see_customers", "admin"))
    with pytest.raises(ValueError, match="allowed: admin, export, see_customers"):
        LOCAL.may("fly")


def test_a_file_says_roles_rights_and_rows(tmp_path):
    found = read(
        tmp_path,
        'min_customers = 9\n[roles]\nr = "viewer"\n[rights]\nviewer = ["export"]\n'
        '[[policies]]\ngroup = "north"\nrows = { store = ["York", "Leeds"], channel = ["Online"] }\n',
    )
    assert found.min_customers == 9 and found.rights["viewer"] == ("export",)
    assert found.policies["north"] == RowPolicy((("channel", ("Online",)), ("store", ("Leeds", "York"))))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[roles]\nr = "boss"', "roles.r = 'boss'; allowed: viewer, analyst, admin"),
        ('[rights]\nviewer = ["fly"]', "rights.viewer = 'fly'; allowed: admin, export, see_customers"),
        ('[rights]\nboss = ["export"]', "rights.boss"),
        ("min_customers = -1", "min_customers = -1; allowed: a whole number from 0"),
        ("min_customers = true", "min_customers = True"),
        ("colour = 1", "colour = 1; allowed: one of"),
        ('[[policies]]\ngroup = "n"\nrows = { colour = ["red"] }', "rows = 'colour'; allowed: columns brand"),
        ('[[policies]]\ngroup = "n"\nrows = { customer_id = ["Ada"] }', "allowed: columns brand"),
        ('[[policies]]\ngroup = "n"\nrows = { channel = "Online" }', "rows.channel = 'Online'; allowed: a list"),
        ('[[policies]]\ngroup = "n"\nrows = {}', "allowed: at least one of"),
        ('[[policies]]\ngroup = "n"\nrows = "everything"', "rows = 'everything'; allowed: a table"),
        ('[[policies]]\ngroup = "n"', "rows = None"),
        ('[[policies]]\ngroup = "n"\nrows = "all"\n[[policies]]\ngroup = "n"\nrows = "all"', "each group once"),
        ("policies = 3", "policies = 3; allowed: tables"),
        ("[roles", "portal.toml"),
    ],
)
def test_what_a_file_may_not_say_is_told_by_file_key_value_and_what_is_allowed(tmp_path, text, told):
    with pytest.raises(UnusableInput) as error:
        read(tmp_path, text)
    assert told in str(error.value) and "portal.toml" in str(error.value) and "allowed" in str(error.value)


def test_policies_name_columns_that_many_lines_share():
    assert {"brand", "channel", "store", "country", "category"} <= set(COLUMNS)
    assert not {"customer_id", "order_id"} & set(COLUMNS)
