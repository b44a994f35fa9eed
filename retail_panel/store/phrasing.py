"""Questions put into SQL, and remembered: to put one takes longer than to answer it on small tables."""

import re
import threading
from collections import OrderedDict
from datetime import datetime

import ibis
import ibis.expr.operations as ops
from ibis.common.graph import Node

from retail_panel.errors import UnusableInput
from retail_panel.store.prepared import Prepared, Template, written

#: How many questions are remembered; the longest have 30,000 letters.
MOST = 1000
#: Columns that are compared with a whole number which is another one from version to version: the version of lines, and
#: the edges of scores.
MOVING = ("version", "recency_days", "frequency", "monetary")
#: The column that is compared with moments, which are others from scope to scope.
MOMENT = "ordered_at"
COMPARED = (ops.LessEqual, ops.Less, ops.Greater, ops.GreaterEqual)


class Phrasing:
    """Puts questions into the SQL of a dialect.

    Questions that differ in the names of scratch tables, or in the versions and moments that lines and the edges that
    customers are compared with, have the same SQL but for these, so that it is put together once for all scenes, all
    versions and all spans of time.

    Parameters
    ----------
    dialect : str
        As :func:`ibis.to_sql` takes it.
    """

    def __init__(self, dialect):
        self._dialect = dialect
        self._known = OrderedDict()
        self._lock = threading.Lock()

    def sql(self, question, policy, columns, kept=None):
        """Return the SQL of a question under a row policy.

        Parameters
        ----------
        question : ibis.Table, Prepared or str
            An expression, what makes one, or SQL already.
        policy : RowPolicy
            The rows that whoever asks may see.
        columns : dict of str to collection of str
            Columns of each table of the store.
        kept : collection of str, optional
            Scratch tables that hold permitted rows only; default: all of them do.

        Raises
        ------
        RetailPanelError
            As :meth:`retail_panel.store.policy.RowPolicy.restrict`.
        UnusableInput
            If a text in it cannot be asked for.
        """
        if isinstance(question, str):
            return policy.restrict(_whole(question), self._dialect, columns, kept)
        if isinstance(question, Prepared):
            return self._prepared(question, policy, columns, kept)
        shape, names, versions = _shape(question.op())
        key = (policy, shape)
        with self._lock:
            found = self._known.get(key) or self._known.get((*key, versions))
            key = key if found is None or key in self._known else (*key, versions)
            if found is not None:
                self._known.move_to_end(key)
        if found is None:
            text = _whole(ibis.to_sql(question, dialect=self._dialect))
            text = policy.restrict(text, self._dialect, columns, kept)
            found = (text, names, versions)
            # Moments that are written in another way stay as they are.
            key = key if _moments(text) == {written(v) for v in versions if type(v) is datetime} else (*key, versions)
            self._remember(key, found)
        text, before, versions_before = found
        # The text was restricted when other tables lay under these names, or under others.
        policy.check_kept(names, kept)
        if names != before:
            text = _renamed(text, dict(zip(before, names, strict=True)))
        if versions != versions_before:
            text = _moved(text, dict(zip(versions_before, versions, strict=True)))
        return text

    def fields(self, question, fetch):
        """Return the columns of a question's answer, asked for once where it is :class:`Prepared`.

        Parameters
        ----------
        question : ibis.Table, Prepared or str
            As :meth:`sql` takes it.
        fetch : callable
            Returns them, a :class:`pyarrow.Schema`.
        """
        if not isinstance(question, Prepared):
            return fetch()
        key = ("fields", question.key)
        with self._lock:
            found = self._known.get(key)
        if found is None:
            found = fetch()
            self._remember(key, found)
        return found

    def _prepared(self, question, policy, columns, kept):
        key = (policy, question.key)
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
        if found is None:
            stand_ins = question.stand_ins()
            text = self.sql(question.put(stand_ins), policy, columns, kept)
            if not all(each.text in text for each in stand_ins):
                # One was computed with before the engine had it.
                return self.sql(question.question, policy, columns, kept)
            found = Template(text, question.names, stand_ins)
            self._remember(key, found)
        # The text was restricted when other tables lay under these names, or under others.
        policy.check_kept(question.names, kept)
        return found.filled(question.names, question.parameters)

    def _remember(self, key, found):
        with self._lock:
            self._known[key] = found
            while len(self._known) > MOST:
                self._known.popitem(last=False)


def _shape(root):
    """Return what a question is but for names of scratch tables and versions, and these in the order of their place.

    Two questions of the same shape have the same SQL once names and versions stand for each other.
    """
    shape, names, versions = [], [], []

    def told(node, results, /, **parts):
        if isinstance(node, ops.Literal):
            # Ibis takes 1, 1.0 and True for equal, and writes them otherwise.
            return (ops.Literal, type(node.value), node.value, node.dtype)
        if isinstance(node, ops.UnboundTable) and node.namespace.catalog == "scratch":
            parts["name"] = _place(node.name, names)
        elif _compares(node):
            parts["right"] = (MOVING, node.right.dtype if node.left.name == MOMENT else None,
                              _place(node.right.value, versions))  # fmt: skip
        shape.append((type(node), *(_frozen(part) for part in parts.values())))
        return (Node, len(shape) - 1)

    root.map(told)
    return tuple(shape), tuple(names), tuple(versions)


def _compares(node):
    return (
        isinstance(node, COMPARED)
        and isinstance(node.left, ops.Field)
        and isinstance(node.right, ops.Literal)
        and (
            (node.left.name in MOVING and type(node.right.value) is int)
            or (node.left.name == MOMENT and type(node.right.value) is datetime)
        )
    )


def _place(value, places):
    if value not in places:
        places.append(value)
    return places.index(value)


def _frozen(part):
    if isinstance(part, dict):
        return tuple((key, _frozen(each)) for key, each in part.items())
    return tuple(map(_frozen, part)) if isinstance(part, list | tuple) else part


def _whole(text):
    if "\0" in text:
        # The engine would take what stands before it for the whole question.
        raise UnusableInput("a text to look for holds the character NUL; allowed: any other")
    return text


def _renamed(text, names):
    return re.sub(r'"(\w+)"', lambda found: f'"{names.get(found[1], found[1])}"', text)


def _moved(text, versions):
    pattern = rf'("(?:{"|".join(MOVING)})" (?:<=|<|>=|>) )(-?\d+)(?![\w.])'
    text = re.sub(pattern, lambda found: f"{found[1]}{versions.get(int(found[2]), found[2])}", text)
    moments = {written(old): written(new) for old, new in versions.items() if type(old) is datetime}
    return re.sub(_MOMENTS, lambda found: f"{found[1]}{moments[found[2]]}", text) if moments else text


_MOMENTS = rf'("{MOMENT}" (?:<=|<|>=|>) )(MAKE_TIMESTAMP\([^()]*\))'


def _moments(text):
    return {found[1] for found in re.findall(_MOMENTS, text)}
