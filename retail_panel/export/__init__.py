"""Files for elsewhere: names, tables as CSV, Excel and Parquet, audiences."""

from retail_panel.export.audience import audience, write_audience
from retail_panel.export.names import file_name
from retail_panel.export.table_file import FORMATS, table_bytes, write_table

__all__ = ["FORMATS", "audience", "file_name", "table_bytes", "write_audience", "write_table"]
