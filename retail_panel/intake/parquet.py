"""A Parquet file as blocks of rows."""

from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from retail_panel.errors import UnusableInput
from retail_panel.intake.block import Block
from retail_panel.intake.dialect import columns_of

BLOCK_ROWS = 100_000


class Parquet:
    """One Parquet file; positions are row numbers, the first row being 1.

    Parameters
    ----------
    file : WatchedFile
    """

    layout = ""
    steady = True

    def __init__(self, file):
        self.file, self.name = file, file.name
        with self._open() as opened:
            schema = opened.schema_arrow
        self.columns = columns_of(schema.names, file.name)
        self.typed = frozenset(f.name for f in schema if _is_number(f.type))
        self.decisions = {"format": "Parquet"}

    @contextmanager
    def _open(self):
        self.file.check_unchanged()
        with self.file.guard(), self.file.path.open("rb") as raw:
            try:
                yield pq.ParquetFile(raw, memory_map=False, pre_buffer=False)
            except (pa.ArrowException, ValueError) as error:
                raise UnusableInput(
                    f"{self.name}: the Parquet file is damaged or ends early "
                    f"({str(error).splitlines()[0]}); copy or write it again"
                ) from error
            except OSError as error:
                if error.errno is None:
                    raise UnusableInput(
                        f"{self.name}: the Parquet file is damaged or ends early "
                        f"({str(error).splitlines()[0]}); copy or write it again"
                    ) from error
                raise
        self.file.check_unchanged()

    def blocks(self):
        """Yield the rows as :class:`~retail_panel.intake.block.Block`, in the order of the file."""
        first = 1
        with self._open() as opened:
            total = max(opened.metadata.num_rows, 1)
            for batch in opened.iter_batches(batch_size=BLOCK_ROWS):
                yield Block.from_rows(
                    pa.Table.from_batches([batch]).rename_columns(list(self.columns)),
                    self.name,
                    first,
                    (first - 1 + batch.num_rows) / total,
                )
                first += batch.num_rows


def _is_number(kind):
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
