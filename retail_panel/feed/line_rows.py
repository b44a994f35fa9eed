"""The lines of a text, one a row, without a Python object for each of them."""

import numpy as np
import pyarrow as pa

from retail_panel.intake.block import TEXT_LIMIT

_BLANKS = np.frombuffer(b" \t\n\r\v\f", np.uint8)


class LineRows:
    """The rows of a text of whole lines, blank ones left out; they serve as those of messages do.

    Parameters
    ----------
    text : bytes
        Ends with a line end.
    place : callable
        Takes the index of a line and returns its position as str.

    Attributes
    ----------
    texts : pyarrow.Array of string
        Text of each row, with its line end.
    nbytes : int
        Size of the text.

    Raises
    ------
    UnicodeDecodeError
        If the text is not UTF-8.
    """

    def __init__(self, text, place):
        if not text.isascii():
            text.decode()
        self.nbytes, self._place, self._lines = len(text), place, None
        offsets = np.append(0, line_ends(text)).astype(np.int32)
        self.texts = pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text))
        begins_blank = np.isin(np.frombuffer(text, np.uint8)[offsets[:-1]], _BLANKS)
        blank = [line for line in np.flatnonzero(begins_blank) if not text[offsets[line] : offsets[line + 1]].strip()]
        if blank:
            self._lines = np.delete(np.arange(len(self.texts)), blank)
            self.texts = self.texts.take(pa.array(self._lines))

    def __len__(self):
        return len(self.texts)

    def blame(self, faults):
        """Tell of the rows that are no text: there is none."""

    def owners(self, indices):
        """Return the numbers of the lines that rows are of, an ndarray."""
        return indices if self._lines is None else self._lines[indices]

    def places(self, indices):
        """Return the positions of rows."""
        return [self._place(int(line)) for line in self.owners(indices)]

    def originals(self, indices):
        """Return the texts of rows as they came, without their line end."""
        return [self.texts[int(index)].as_py().removesuffix("\n")[:TEXT_LIMIT] for index in indices]


def line_ends(text):
    """Return the offsets after each line end of a text, an ndarray of int."""
    return np.flatnonzero(np.frombuffer(text, np.uint8) == 10) + 1
