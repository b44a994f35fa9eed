"""Questions told by the function that puts them, so that one that was put before is not put together again.

To put a question together in Ibis takes longer than to answer it where rows are few, as those of one version are.
"""

import re
from datetime import datetime
from typing import NamedTuple

import ibis
import ibis.expr.operations as ops

#: Stand for parameters while a question is put: no question holds such values itself.
NUMBER, YEAR = 7_340_100_000_000_000_000, 9_000


class Parameter(NamedTuple):
    """A value that a question is put for anew each time, and that may only be computed with in the engine.

    Attributes
    ----------
    value : int or datetime
        A time without a zone.
    """

    value: object

    @property
    def text(self):
        """The value in SQL."""
        return written(self.value) if isinstance(self.value, datetime) else str(int(self.value))


class Prepared:
    """A question, by what it is made of.

    Parameters
    ----------
    make : callable
        Returns the question, an :class:`ibis.Table`; the same function each time, such as one of a module.
    *given :
        What it is called with: tables, a :class:`Parameter`, which it gets the value of, or whatever else can be
        hashed, which may decide how the question is put. Scratch tables may be others each time, of the same columns;
        no other expression may read one.

    Attributes
    ----------
    key : tuple
        The same for all that have the same SQL, but for the names of scratch tables and parameters.
    names : tuple of str
        The scratch tables that it reads.
    parameters : tuple of Parameter
    """

    def __init__(self, make, *given):
        self._make, self._given = make, given
        names, parameters, shape = [], [], []
        for each in given:
            if isinstance(each, Parameter):
                shape.append((Parameter, isinstance(each.value, datetime)))
                parameters.append(each)
            elif isinstance(each, ibis.Table) and _is_scratch(each):
                name = each.op().name
                if name not in names:
                    names.append(name)
                shape.append((ops.UnboundTable, names.index(name), each.op().schema))
            else:
                shape.append((type(each), each.op() if isinstance(each, ibis.Table) else each))
        self.key, self.names, self.parameters = (make, tuple(shape)), tuple(names), tuple(parameters)

    def stand_ins(self):
        """Return a parameter each that stands for :attr:`parameters`, no two alike."""
        return tuple(
            Parameter(datetime(YEAR + i, 1, 1) if isinstance(each.value, datetime) else NUMBER + i)
            for i, each in enumerate(self.parameters)
        )

    def put(self, parameters):
        """Return the question as Ibis table, with other parameters."""
        values = iter(parameters)
        return self._make(*(next(values).value if isinstance(e, Parameter) else e for e in self._given))

    @property
    def question(self):
        """The question itself."""
        return self.put(self.parameters)


class Template:
    """The SQL of a prepared question, with places for names of scratch tables and parameters.

    Parameters
    ----------
    text : str
        The SQL of one of them.
    names : tuple of str
        Its scratch tables.
    parameters : tuple of Parameter
        What stands in the text for its parameters.
    """

    def __init__(self, text, names, parameters):
        held = [f'"{name}"' for name in names] + [each.text for each in parameters]
        self._parts = re.split("|".join(map(re.escape, held)), text) if held else [text]
        self._places = [held.index(found) for found in re.findall("|".join(map(re.escape, held)), text)] if held else []

    def filled(self, names, parameters):
        """Return the SQL with other names and parameters."""
        held = [f'"{name}"' for name in names] + [each.text for each in parameters]
        return "".join(
            [self._parts[0], *(held[at] + part for at, part in zip(self._places, self._parts[1:], strict=True))]
        )


def written(moment):
    """Return a time as Ibis writes it."""
    parts = (moment.year, moment.month, moment.day, moment.hour, moment.minute)
    return f"MAKE_TIMESTAMP({', '.join(map(str, parts))}, {moment.second + moment.microsecond / 1e6})"


def _is_scratch(table):
    return isinstance(table.op(), ops.UnboundTable) and table.op().namespace.catalog == "scratch"
