"""From raw messages to clean order lines, by the same rules as files; what cannot be read is set aside."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retail_panel.feed.arrival import Arrival
from retail_panel.feed.json_fields import JsonFields, may_be_nested
from retail_panel.feed.line_rows import LineRows
from retail_panel.feed.message_plan import LINE_ID, message_plan
from retail_panel.feed.message_rows import MessageRows, placed
from retail_panel.intake import Block
from retail_panel.intake.cleaning import clean_block
from retail_panel.intake.faults import Faults

NOT_AN_OBJECT = "the message is not a JSON object"
NESTED = "is an object or a list; a plain value is needed"
NOT_ISO = "time does not begin with the year, and no date_format is set"
_DAY_OR_MONTH = r"^\s*[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ]"


class MessageReader:
    """Reads the messages of one source.

    Parameters
    ----------
    source : str
        Name of the feed, for the rows set aside.
    **how
        Mapping, line_id and limits, see :func:`retail_panel.feed.message_plan.message_plan`.
    """

    def __init__(self, source, **how):
        self.source = source
        self._how = message_plan(source, **how)
        self._fields = JsonFields(self._how.paths)

    def read(self, messages, place):
        """Read messages.

        Parameters
        ----------
        messages : list
            Each is the bytes of a JSON object or of several, one a line; a dict; None, which is a tombstone; or
            :class:`~retail_panel.feed.message_rows.Undecodable`.
        place : callable
            Takes the index of a message and returns its position as str.

        Returns
        -------
        Arrival
            Lines in the order of the messages; a bad message is set aside and spoils no other one.
        """
        return self._read(MessageRows(messages, place))

    def read_lines(self, text, place):
        """Read messages that are the lines of a text, blank ones left out; faster than :meth:`read` where all are text.

        Parameters
        ----------
        text : bytes
            Whole lines, each a JSON object.
        place : callable
            Takes the index of a line and returns its position as str.

        Returns
        -------
        Arrival
            As :meth:`read` returns.
        """
        try:
            return self._read(LineRows(text, place))
        except UnicodeDecodeError:
            lines = text.split(b"\n")
            held = [index for index, line in enumerate(lines) if line.strip()]
            return self.read([lines[index] for index in held], lambda index: place(held[index]))

    def _read(self, rows):
        faults = Faults(len(rows))
        rows.blame(faults)
        table, sound = self._fields.read(rows.texts)
        faults.add(~sound, NOT_AN_OBJECT)
        self._check(table, rows.texts, int(sound.sum()), faults)
        good = np.flatnonzero(faults.good)
        if len(good) < len(rows):
            table = table.take(pa.array(good))
        ids = table.column(LINE_ID).combine_chunks() if LINE_ID in table.column_names else None
        table = table.select(list(self._how.plan.roles)).combine_chunks()
        block = Block(table, self.source, lambda: good, lambda indices: rows.originals(good[indices]))
        cleaned = clean_block(block, self._how.plan, np.zeros(len(good), bool))
        refused = faults.quarantine(Block(table, self.source, lambda: np.arange(len(rows)), rows.originals))
        gone = np.asarray(cleaned.quarantine.column("position").cast(pa.int64()))
        kept = good[~np.isin(good, gone)]
        if ids is not None:
            ids = _plain_ids(ids.filter(pa.array(~np.isin(good, gone))))
        return Arrival(
            cleaned.rows,
            placed(rows, pa.concat_tables([refused, cleaned.quarantine])),
            ids,
            lambda indices: (rows.places(kept[indices]), rows.originals(kept[indices])),
            rows.nbytes,
            owners=lambda: rows.owners(kept),
        )

    def _check(self, table, texts, objects, faults):
        for name in table.column_names if may_be_nested(texts, objects) else ():
            nested = self._fields.nested(table, texts, name)
            if nested.any():
                faults.add(nested, f"{name} {NESTED}", ".".join(self._how.paths[name]))
        if self._how.iso_only:
            open_ = pc.fill_null(pc.match_substring_regex(table.column("ordered_at"), _DAY_OR_MONTH), False)
            faults.add(np.asarray(open_), NOT_ISO, ".".join(self._how.paths["ordered_at"]))


def _plain_ids(ids):
    ids = pc.utf8_trim_whitespace(ids)
    ids = pc.if_else(pc.equal(ids, ""), pa.scalar(None, pa.string()), ids)
    return None if ids.null_count == len(ids) else ids
