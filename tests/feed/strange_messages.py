"""Messages that nobody would think of, for hypothesis."""

import json

from hypothesis import strategies as st

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
TREE = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
NAMES = st.sampled_from(["line_id", "order_id", "amount", "quantity", "price", "ordered_at", "kind", "store", "x"])
OBJECTS = st.dictionaries(NAMES, TREE, max_size=6) | st.fixed_dictionaries(
    {"ordered_at": st.just("2024-05-01"), "amount": st.integers(-999, 999)}, optional={"store": TREE, "line_id": TREE}
)
STRANGE = (
    st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | st.none()
    | OBJECTS
    | OBJECTS.map(lambda found: json.dumps(found).encode())
    | st.lists(OBJECTS, max_size=3).map(lambda found: "\n".join(map(json.dumps, found)).encode())
)
