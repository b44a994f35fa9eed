"""KPI records: what each figure is called, how it is made, and what it means.

A measure is one of

- a **sum** of a value per row (``row``), which adds up over any split of the rows;
- a **distinct** count of keys (``key``, among the rows that ``among`` picks), which does not;
- another **aggregate** of the whole (``whole``), such as the last day;
- **combined** (``parts``, ``combine``) from other measures, never averaged from averages.

:mod:`retail_panel.figures` evaluates them.
"""

from retail_panel.measures.feedback import FEEDBACK
from retail_panel.measures.inventory import INVENTORY, counted_lines
from retail_panel.measures.merged import as_it_came, line_count, line_number
from retail_panel.measures.presence import available, present_columns
from retail_panel.measures.record import Measure
from retail_panel.measures.sales import SALES, facts
from retail_panel.measures.scoped import scoped_tables, side_tables

MEASURES = {measure.name: measure for measure in (*SALES, *INVENTORY, *FEEDBACK)}

__all__ = [
    "MEASURES", "Measure", "as_it_came", "available", "counted_lines", "facts", "line_count", "line_number",
    "present_columns", "scoped_tables", "side_tables",
]  # fmt: skip
