"""From what the user points at to a store, or to a report only: two readings, bounded memory, one transaction."""

from pathlib import Path

from retail_panel.errors import UnusableInput
from retail_panel.intake.accounting import Account
from retail_panel.intake.ahead import ahead
from retail_panel.intake.carry import carried_down
from retail_panel.intake.cleaning import clean_block
from retail_panel.intake.database import is_database
from retail_panel.intake.mapping import Mapping
from retail_panel.intake.profile import profile
from retail_panel.intake.quality import folder_report
from retail_panel.intake.source import open_source


class Reading:
    """A source that was read once and can be cleaned block by block.

    Parameters
    ----------
    opened : opened source
    mapping : Mapping
    progress : callable, optional
        Called with rows done, share of the whole work (or None) and a word on what is done.
    """

    def __init__(self, opened, mapping, progress=None):
        self._opened, self._progress = opened, progress or (lambda rows, share, phase: None)
        self.plan, self._copies = profile(
            opened, mapping, ahead, lambda rows, share: self._tell(rows, share, 0.0, f"reading {opened.name}")
        )

    def _tell(self, rows, share, start, phase):
        self._progress(rows, None if share is None else start + share / 2, phase)

    def batches(self):
        """Yield (block, Cleaned) over the whole source."""
        state, rows = {}, 0
        self._copies.rewind()
        for block in ahead(self._opened.blocks()):
            block = carried_down(block, self.plan, state)
            copies = self._copies.mark(block.rows) if self.plan.table == "order_line" else None
            yield block, clean_block(block, self.plan, copies)
            rows += block.row_count
            self._tell(rows, block.share, 0.5, f"loading {self._opened.name}")

    def account(self):
        """Return an empty account for the report."""
        return Account(self.plan, self._opened.decisions)


def readings(source, mapping=None, progress=None):
    """Open a source and read it once.

    Parameters
    ----------
    source : str or pathlib.Path
        File, folder or database URL with ``#table``, see :func:`retail_panel.intake.source.open_source`.
    mapping : Mapping, str or pathlib.Path, optional
        The user's word on it, or a mapping file.
    progress : callable, optional
        ``progress(rows_done, share_or_None, phase_text)``.

    Returns
    -------
    list of Reading
        One per table; more than one in a folder only.

    Raises
    ------
    UnusableInput
        The source cannot be used as it is; the message says why and what to do.
    """
    mapping = mapping if isinstance(mapping, Mapping) else Mapping.read(mapping) if mapping else Mapping()
    return [Reading(opened, mapping, progress) for opened in open_source(source, mapping.encoding, mapping.delimiter)]


def inspect(source, mapping=None, progress=None, set_aside=None):
    """Read and clean a source without keeping it.

    Parameters
    ----------
    source, mapping, progress
        As for :func:`readings`.
    set_aside : callable, optional
        Called with each table of rows set aside (``schema.QUARANTINE``).

    Returns
    -------
    QualityReport

    Raises
    ------
    UnusableInput, RetailPanelError
        The source cannot be used, or changed or vanished while it was read.
    """
    reports = []
    for reading in readings(source, mapping, progress):
        account = reading.account()
        for block, cleaned in reading.batches():
            account.add(block, cleaned)
            if set_aside and cleaned.quarantine.num_rows:
                set_aside(cleaned.quarantine)
        reports.append(account.report())
    return _one(source, reports)


def load(source, store, mapping=None, progress=None, first=False):
    """Load a source into a store, all of it in one transaction or nothing.

    Parameters
    ----------
    source, mapping, progress
        As for :func:`readings`.
    store : Store
        Rows are appended to it, rows set aside and the report with them.
    first : bool
        As for :meth:`retail_panel.store.Store.loading`.

    Returns
    -------
    QualityReport

    Raises
    ------
    UnusableInput
        The source cannot be used, or none of its rows can be read.
    RetailPanelError
        It changed or vanished while it was read; nothing was loaded.
    """
    tables, reports = readings(source, mapping, progress), []
    with store.loading(_name(source), first=first) as commit:
        take = {"order_line": commit.append, "stock": commit.append_stock, "feedback": commit.append_feedback}
        for reading in tables:
            account = reading.account()
            for block, cleaned in reading.batches():
                account.add(block, cleaned)
                if cleaned.rows.num_rows:
                    take[reading.plan.table](cleaned.rows)
                if cleaned.quarantine.num_rows:
                    commit.set_aside(cleaned.quarantine)
            reports.append(account.report())
        report = _one(source, reports)
        refuse_if_nothing(report)
        commit.report(report.to_dict())
    return report


def refuse_if_nothing(report):
    """Raise :class:`UnusableInput` where a report shows that no row could be loaded."""
    if report.rows_loaded:
        return
    found = report.quarantined or [reason for table in report.tables for reason in table["quarantined"]]
    first = found[0]
    raise UnusableInput(
        f"{report.source}: none of its {report.rows_read:,} rows can be loaded: {first['reason']} "
        f"({first['rows']:,} rows), such as line {first['examples'][0]['position']}: "
        f"{first['examples'][0]['text'][:120]!r}"
    )


def _one(source, reports):
    return reports[0] if len(reports) == 1 else folder_report(_name(source), reports)


def _name(source):
    return str(source).rpartition("#")[2] if is_database(source) else Path(source).name
