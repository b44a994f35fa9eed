import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retail_panel.customers.personas import PERSONAS
from retail_panel.customers.segments import SEGMENTS
from retail_panel.errors import UnusableInput
from retail_panel.insight.action_table import COLUMNS, GROUPS, LEVERS, Action, actions_table, check_table
from retail_panel.insight.actions import actions_for, actions_toml, load_actions

# What the seed document recommends, section by section.
SEED = ("Retention", "Re-engagement", "VIP programme", "Early access", "Referral", "Cross-selling", "Win-back",
        "Personalised campaigns", "Exclusive events", "Premium service")  # fmt: skip
BLOCK = """
[[action]]
groups = ["Lost", "Champions"]
action = "Write to them"
why = "It costs little."
channel = "Post"
lever = "retention"
change_percent = 1.5
cost_per_contact = 0.8
"""


@pytest.fixture
def file_of(tmp_path):
    def file_of(text):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return file_of


def test_every_group_has_actions_and_every_action_of_the_seed_is_there():
    actions = load_actions()
    for kind in (*SEGMENTS, *PERSONAS):
        assert actions_for(actions, kind.name), kind.name
    assert set(SEED) <= {action.action for action in actions}
    assert [GROUPS.index(action.group) for action in actions] == sorted(GROUPS.index(a.group) for a in actions)
    assert all(0 < action.change_percent <= 10 and action.lever in LEVERS for action in actions)
    assert "Win-back" in [action.action for action in actions_for(actions, "Can't Lose")]


def test_a_users_file_replaces_the_groups_it_names(file_of):
    actions = load_actions(file_of(BLOCK))
    own = Action("Lost", "Write to them", "It costs little.", "Post", "retention", 1.5, 0.8)
    assert actions_for(actions, "Lost") == (own,)
    assert [action.action for action in actions_for(actions, "Champions")] == ["Write to them"]
    assert actions_for(actions, "Loyal") == actions_for(load_actions(), "Loyal")


def test_a_complete_file_stands_alone(file_of):
    actions = load_actions(file_of("complete = true\n" + BLOCK))
    assert [action.group for action in actions] == ["Champions", "Lost"]
    assert load_actions(file_of("complete = true")) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"Champions"]', '"Champion"]', "action 1: group 'Champion'; allowed: Champions, Loyal"),
        ("change_percent = 1.5", "change_percent = 0", "change_percent 0; allowed: a number above 0 and up to 100"),
        ("change_percent = 1.5", "change_percent = 101", "change_percent 101; allowed"),
        ("change_percent = 1.5", "change_percent = true", "change_percent True; allowed"),
        ("change_percent = 1.5", "change_percent = nan", "change_percent None; allowed"),
        ("change_percent = 1.5", "", "change_percent None; allowed"),
        ("cost_per_contact = 0.8", "cost_per_contact = -1", "cost_per_contact -1; allowed: nothing, or a number of 0"),
        ("cost_per_contact = 0.8", "cost_per_contact = inf", "cost_per_contact inf; allowed"),
        ('lever = "retention"', 'lever = "luck"', "lever 'luck'; allowed: frequency or retention"),
        ('action = "Write to them"', 'action = "  "', "action '  '; allowed: a text"),
        ('why = "It costs little."', "why = 3", "why 3; allowed: a text of up to 300"),
        ("cost_per_contact", "cost", "action 1: unknown 'cost'; allowed: groups, action, why"),
        ('groups = ["Lost", "Champions"]', 'groups = "Lost"', "groups is 'Lost'; allowed: a list"),
        ('groups = ["Lost", "Champions"]', 'groups = ["Lost", "Lost"]', "'Write to them' is there twice for Lost"),
        ('groups = ["Lost", "Champions"]', "groups = [[1]]", "group [1]; allowed"),
        ("[[action]]", "[[actions]]", "unknown 'actions'; allowed: complete and [[action]]"),
        ("[[action]]", "[action]", "allowed: blocks under"),
        ("[[action]]", "complete = 1\n[[action]]", "complete is 1; allowed: true or false"),
        ("[[action]]", "action", "allowed: TOML in the form of"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_in_one_line(file_of, old, new, said):
    with pytest.raises(UnusableInput) as error:
        load_actions(file_of(BLOCK.replace(old, new)))
    assert said in str(error.value) and "own.toml" in str(error.value) and "\n" not in str(error.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(UnusableInput, match="none.toml: No such file.*allowed: a readable TOML file"):
        load_actions(tmp_path / "none.toml")


def test_an_edited_table_is_checked_row_by_row():
    table = actions_table(load_actions()).head(6).astype(object)
    table.loc[1, "change_percent"] = "many"
    table.loc[1, "group"] = "Nobody"
    table.loc[2, "change_percent"] = " 7.5 "
    table.loc[3, list(COLUMNS)] = [None, "", np.nan, None, "", pd.NA, None]
    table.loc[4, ["group", "action"]] = table.loc[0, ["group", "action"]]
    table.loc[5, "why"] = "Two\nlines,  and a  gap"
    actions, faults = check_table(table)
    assert [(fault.row, fault.column) for fault in faults] == [(2, "group"), (2, "change_percent"), (5, "action")]
    assert faults[1].sentence == "change_percent 'many'; allowed: a number above 0 and up to 100"
    assert "twice" in faults[2].sentence
    assert len(actions) == 3
    assert actions[1].change_percent == 7.5 and actions[2].why == "Two lines, and a gap"


def test_a_table_without_a_column_is_told():
    with pytest.raises(UnusableInput, match="no column why; needed: group, action, why"):
        check_table(actions_table(load_actions()).drop(columns="why"))


def test_the_built_in_table_passes_its_own_check():
    actions = load_actions()
    assert check_table(actions_table(actions)) == (actions, ())
    assert tuple(actions_table(()).columns) == COLUMNS and check_table(actions_table(())) == ((), ())


LETTERS = st.characters(exclude_categories=("Cc", "Cs"))
TEXT = st.text(LETTERS, min_size=1, max_size=40).filter(str.strip)
ROW = st.tuples(
    st.sampled_from(GROUPS), TEXT, TEXT, st.one_of(st.just(""), TEXT), st.sampled_from(LEVERS),
    st.floats(0.001, 100), st.one_of(st.none(), st.floats(0, 1e6)),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, max_size=8, unique_by=lambda row: (row[0], " ".join(row[1].split()))))
def test_what_a_user_edited_is_read_back_as_it_was(tmp_path_factory, rows):
    actions, faults = check_table(pd.DataFrame(rows, columns=list(COLUMNS)))
    assert not faults and len(actions) == len(rows)
    path = tmp_path_factory.getbasetemp() / "edited.toml"
    path.write_text(actions_toml(actions), encoding="utf-8", newline="\n")
    assert load_actions(path) == actions
