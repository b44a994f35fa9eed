"""Text columns of a clean batch as codes and hashes, for counting distinct values."""

import numpy as np
import pyarrow as pa

from retail_panel.intake.distinct import hash_texts


def hashed_texts(rows, names):
    """Return {name: (code of each row, hash of each text)} of text columns; a missing value's code is -1."""
    columns = {name: rows[name].combine_chunks() for name in names}
    hashes = hash_texts(pa.concat_arrays([column.dictionary for column in columns.values()]))
    ends = np.cumsum([len(column.dictionary) for column in columns.values()])[:-1]
    return {
        name: (np.asarray(column.indices.fill_null(-1)), part)
        for (name, column), part in zip(columns.items(), np.split(hashes, ends), strict=True)
    }


def used(codes, hashes):
    """Return the hashes that some of the codes point at."""
    return hashes[np.bincount(codes[codes >= 0], minlength=len(hashes)) > 0]
