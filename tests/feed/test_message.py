import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strange_messages import STRANGE

from retail_panel.errors import UnusableInput
from retail_panel.feed import MessageReader
from retail_panel.feed.message_rows import Undecodable
from retail_panel.intake import Mapping
from retail_panel.schema import ORDER_LINE, QUARANTINE, arrow_schema

GOOD = {"ordered_at": "2024-05-01T10:30:00", "amount": 12.5}


def read(*messages, **how):
    return MessageReader("till", **how).read(list(messages), lambda index: f"0:{index}")


def message(**fields):
    return json.dumps(GOOD | fields).encode()


def line(*messages, **how):
    rows = read(*messages, **how).lines.to_pylist()
    assert len(rows) == 1
    return rows[0]


def fault(one, **how):
    arrival = read(one, **how)
    assert arrival.lines.num_rows == 0
    found = arrival.set_aside.to_pylist()
    assert len(found) == 1
    return found[0]


def test_every_field_lands_in_its_column():
    whole = {
        "line_id": "l-1", "order_id": "o1", "customer_id": "Ada", "ordered_at": "2024-05-01T10:30:00.25",
        "amount": "80.10", "quantity": 2, "list_amount": 100, "unit_cost": 20.5, "kind": "discount", "product": "P1",
        "description": "Hat", "category": "Hats", "channel": "Online", "store": "Web", "country": "NA", "brand": "Ash",
        "tier": "Gold", "currency": "EUR", "till_version": "9.1",
    }  # fmt: skip
    arrival = read(json.dumps(whole).encode())
    assert arrival.lines.to_pylist() == [
        {
            "brand": "Ash", "order_id": "o1", "customer_id": "Ada",
            "ordered_at": datetime(2024, 5, 1, 10, 30, 0, 250_000), "channel": "Online",
            "store": "Web", "country": "NA", "category": "Hats", "product": "P1",
            "description": "Hat", "kind": "Discount", "tier": "Gold", "currency": "EUR", "quantity": 2.0,
            "amount": 801_000, "list_amount": 1_000_000, "unit_cost": 205_000, "is_return": False,
            "is_duplicate": False, "is_zero_price": False, "is_adjustment": False, "is_outlier": False,
        }
    ]  # fmt: skip
    assert arrival.lines.schema.names == arrow_schema(ORDER_LINE).names
    assert arrival.line_ids.to_pylist() == ["l-1"]


@pytest.mark.parametrize(
    ("fields", "amount", "kind"),
    [
        ({"amount": -20}, -200_000, "Return"),
        ({"amount": 20, "kind": "Return"}, -200_000, "Return"),
        ({"amount": -20, "kind": "cancelled"}, -200_000, "Return"),
        ({"amount": None, "quantity": -2, "price": "10"}, -200_000, "Return"),
        ({"amount": None, "quantity": 2, "price": 10, "discount": 1.5}, 185_000, "Full Price"),
        ({"amount": 20, "list_amount": 25}, 200_000, "Discount"),
    ],
)
def test_returns_and_corrections_are_lines_of_their_own(fields, amount, kind):
    found = line(message(order_id="o1", **fields))
    assert (found["order_id"], found["amount"], found["kind"]) == ("o1", amount, kind)
    assert found["is_return"] == (kind == "Return")
    assert (found["quantity"] or -1) < 0 or kind != "Return"


def test_a_mapping_may_say_that_returns_are_negative_already():
    assert line(message(kind="Return"), mapping=Mapping(returns="negative"))["amount"] == 125_000


@pytest.mark.parametrize(
    ("written", "timezone", "hour"),
    [
        ("2024-05-01T10:30:00", "Europe/London", 10),
        ("2024-05-01T10:30:00Z", "Europe/London", 11),
        ("2024-05-01 10:30:00+02:00", "Europe/London", 9),
        ("2024-05-01T10:30:00+02:00", None, 10),
        (1_714_559_400, "Europe/London", 11),
        (1_714_559_400_000, None, 10),
    ],
)
def test_times_with_a_zone_are_turned_to_the_shops(written, timezone, hour):
    found = line(message(ordered_at=written), mapping=Mapping(timezone=timezone))
    assert found["ordered_at"] == datetime(2024, 5, 1, hour, 30)


def test_dates_that_can_be_read_in_two_ways_need_a_word():
    assert fault(message(ordered_at="03/04/2024"))["reason"].startswith("time does not begin with the year")
    found = line(message(ordered_at="03/04/2024"), mapping=Mapping(date_format="day-first"))
    assert found["ordered_at"] == datetime(2024, 4, 3)


@pytest.mark.parametrize(
    ("raw", "reason", "column"),
    [
        (b"", "the message is not a JSON object", None),
        (b"{", "the message is not a JSON object", None),
        (b"[1]", "the message is not a JSON object", None),
        (b"null", "the message is not a JSON object", None),
        (b'{"a": 1}{"a": 2}', "the message is not a JSON object", None),
        (b"[" * 100_000 + b"]" * 100_000, "the message is not a JSON object", None),
        (None, "the message has no value (a tombstone)", None),
        (b"\xff{}", "the message is not UTF-8 text", None),
        (Undecodable("no such schema", b"\0\0"), "no such schema", None),
        (b"{}", "every recognised column is empty", None),
        (b'{"amount": 1}', "time is missing", "ordered_at"),
        (b'{"ordered_at": "yesterday", "amount": 1}', "time cannot be read as a date", "ordered_at"),
        (b'{"ordered_at": "2024-02-30", "amount": 1}', "time cannot be read as a date", "ordered_at"),
        (b'{"ordered_at": "1824-01-01", "amount": 1}', "time is outside 1970 to 2100", "ordered_at"),
        (b'{"ordered_at": "2024-01-01"}', "amount is missing", "amount"),
        (message(amount="lots"), "amount cannot be read as a number", "amount"),
        (message(amount=True), "amount cannot be read as a number", "amount"),
        (b'{"ordered_at": "2024-01-01", "amount": NaN}', "amount is NaN", "amount"),
        (message(amount=1e15), "amount is beyond a million million", "amount"),
        (message(amount={"value": 1}), "amount is an object or a list; a plain value is needed", "amount"),
        (message(store=["Leeds"]), "store is an object or a list; a plain value is needed", "store"),
    ],
)
def test_a_bad_message_is_set_aside_with_its_reason_and_place(raw, reason, column):
    arrival = read(message(), raw, message())
    assert arrival.lines.num_rows == 2
    found = arrival.set_aside.to_pylist()
    assert [(row["source"], row["position"], row["reason"], row["column"]) for row in found] == [
        ("till", "0:1", reason, column)
    ]
    assert arrival.set_aside.schema == arrow_schema(QUARANTINE)
    assert len(found[0]["text"]) <= 2_000


def test_json_lines_are_told_apart_within_a_message():
    pretty = json.dumps(GOOD, indent=2).encode()
    arrival = read(message() + b"\n" + b"nonsense\n\n" + message(amount=3) + b"\n", pretty)
    assert arrival.lines.column("amount").to_pylist() == [125_000, 30_000, 125_000]
    assert arrival.set_aside.column("position").to_pylist() == ["0:0 line 2"]
    positions, texts = arrival.places([0, 1, 2])
    assert positions == ["0:0 line 1", "0:0 line 4", "0:1"]
    assert json.loads(texts[2]) == GOOD


def test_dicts_of_avro_and_protobuf_read_like_json():
    at = datetime(2024, 5, 1, 10, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=2)))
    found = line({"ordered_at": at, "amount": Decimal("12.3456"), "order_id": 7, "customer_id": None, "tier": b"\x01"})
    assert (found["amount"], found["order_id"], found["customer_id"], found["tier"]) == (123_456, "7", None, "AQ==")
    assert found["ordered_at"] == datetime(2024, 5, 1, 12, 30)


def test_a_text_that_only_looks_like_a_list_is_a_text():
    assert line(message(description="[SALE] {hat}"))["description"] == "[SALE] {hat}"


def test_other_names_nested_ones_and_constants():
    mapping = Mapping(
        columns={"ordered_at": "time", "amount": "total.value", "customer_id": "buyer.id"}, constants={"brand": "Oak"}
    )
    raw = {"time": "2024-01-01", "total": {"value": 5, "currency": "EUR"}, "buyer": {"id": 9}, "brand": "Ash"}
    found = line(json.dumps(raw).encode(), mapping=mapping, line_id="total.id")
    assert (found["amount"], found["customer_id"], found["brand"], found["currency"]) == (50_000, "9", "Oak", None)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (Mapping(table="stock"), "order_line is allowed"),
        (Mapping(columns={"ordered_at": ""}), "leaves out what a line needs"),
        (Mapping(columns={"clock": "time"}), "role 'clock'"),
        (Mapping(columns={"store": "site", "channel": "SITE"}), "one role a field"),
        (Mapping(columns={"store": "site", "channel": "site.kind"}), "one role a field"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_an_error(mapping, said):
    with pytest.raises(UnusableInput, match=said):
        MessageReader("till", mapping=mapping)


def test_limits_mark_outliers_and_equal_lines_are_twins():
    arrival = read(message(), message(), message(amount=9_999), limits=(1, 1_000_000))
    assert arrival.lines.column("is_outlier").to_pylist() == [False, False, True]
    assert arrival.lines.column("is_duplicate").to_pylist() == [False] * 3
    assert arrival.line_ids is None


@pytest.mark.parametrize("amount", ["0.1", "12.3456", "-99999999.99", "0.00005", "100000000000.25"])
def test_money_is_exact_as_number_and_as_string(amount):
    raw = b'{"ordered_at": "2024-01-01", "amount": %s}'
    exact = int(Decimal(amount).quantize(Decimal("0.0001")) * 10_000)
    assert line(raw % amount.encode())["amount"] == exact
    assert line(raw % f'"{amount}"'.encode())["amount"] == exact


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans() | STRANGE, max_size=8))
def test_nothing_valid_is_lost_and_everything_else_is_set_aside(found):
    messages = [
        message(order_id=f"good {i}") if raw is True else b"bad" if raw is False else raw for i, raw in enumerate(found)
    ]
    arrival = read(*messages)
    orders = [order for order in arrival.lines.column("order_id").to_pylist() if str(order).startswith("good ")]
    assert orders == [f"good {i}" for i, raw in enumerate(found) if raw is True]
    places = arrival.places(range(arrival.lines.num_rows))[0] + arrival.set_aside.column("position").to_pylist()
    assert len(places) == len(set(places))
    assert {place.split(" ")[0] for place in places} == {f"0:{i}" for i in range(len(messages))}


@settings(max_examples=50, deadline=None)
@given(st.lists(STRANGE.filter(lambda raw: isinstance(raw, bytes)) | st.sampled_from([b"", b" ", b" {}", b"bad\r"])))
def test_the_lines_of_a_text_are_read_as_the_same_messages_are(raws):
    lines = [line for raw in raws for line in raw.split(b"\n")]
    held = [index for index, line in enumerate(lines) if line.strip()]
    reader = MessageReader("till")
    text = reader.read_lines(b"".join(line + b"\n" for line in lines), str)
    messages = reader.read([lines[index] for index in held], lambda index: str(held[index]))
    assert (text.lines, text.set_aside, text.line_ids) == (messages.lines, messages.set_aside, messages.line_ids)
    rows = range(text.lines.num_rows)
    assert text.places(np.array(rows, int)) == messages.places(np.array(rows, int))


def test_an_object_in_a_field_is_found_beside_a_message_that_is_none():
    arrival = read(b"no object", message(store={"name": "Leeds"}), message())
    assert arrival.lines.num_rows == 1
    assert [row["column"] for row in arrival.set_aside.to_pylist()] == [None, "store"]
