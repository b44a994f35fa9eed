"""JSON texts into columns of text, by DuckDB: many messages at once, and without holding up other threads."""

import json
import threading

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_own = threading.local()


class JsonFields:
    """Takes the values of some fields out of JSON objects.

    Parameters
    ----------
    paths : dict of str to tuple of str
        Name of each column to the names that lead to its value, one for each level of nesting.
    """

    def __init__(self, paths):
        structure, columns = {}, []
        for name, path in paths.items():
            inner = structure
            for part in path[:-1]:
                inner = inner.setdefault(part, {})
            inner[path[-1]] = "VARCHAR"
            columns.append("f." + ".".join(map(_quoted, path)) + f" AS {_quoted(name)}")
        self._paths = paths
        text = json.dumps(structure).replace("'", "''")
        self._sql, self._careful_sql = (
            f"SELECT sound, {', '.join(columns)} FROM (SELECT sound, CASE WHEN sound THEN from_json(m, '{text}') END"
            f" AS f FROM (SELECT m, {valid}starts_with(ltrim(m, chr(32) || chr(9) || chr(10) || chr(13)), '{{')"
            " AS sound FROM texts))"
            for valid in ("", "json_valid(m) AND ")
        )

    def read(self, texts):
        """Read texts.

        Parameters
        ----------
        texts : pyarrow.Array of string

        Returns
        -------
        tuple of (pyarrow.Table, ndarray of bool)
            One string column per field, one row per text, null where there is no value; and which texts are JSON
            objects. Numbers come as their shortest text, objects and lists as JSON.
        """
        try:
            found = _asked(texts, self._sql)
        except duckdb.InvalidInputException:
            # One of them is no JSON; to look at each first takes as long again.
            found = _asked(texts, self._careful_sql)
        sound = found.column("sound").combine_chunks()
        return found.drop_columns("sound"), np.asarray(sound)

    def nested(self, table, texts, name):
        """Return bool per row: the value of a column is an object or a list, where a plain one is due."""
        column = table.column(name).combine_chunks()
        suspects = np.flatnonzero(pc.fill_null(pc.match_substring_regex(column, r"^[\[{]"), False))
        found = np.zeros(len(column), bool)
        for index in suspects:
            found[index] = isinstance(_value(texts[int(index)].as_py(), self._paths[name]), dict | list)
        return found


def may_be_nested(texts, objects):
    """Whether one of some texts may hold an object or a list in an object, since there are more brackets than objects.

    Parameters
    ----------
    texts : pyarrow.Array of string
    objects : int
        How many of them are JSON objects.
    """
    text = texts.buffers()[2]
    text = b"" if text is None else text.to_pybytes()
    return b"[" in text or text.count(b"{") > objects


def _asked(texts, sql):
    return _connection().from_arrow(pa.table({"m": texts})).query("texts", sql).to_arrow_table()


def _value(text, path):
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def _connection():
    if not hasattr(_own, "connection"):
        _own.connection = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": "false"})
    return _own.connection
