"""Time: periods, series over time, patterns within the year and the day, growth, and trend apart from season.

Pure functions: ``ask`` answers a question (as :meth:`retail_panel.store.Store.ask` does), ``lines`` are the order lines
in scope and selection. Each returns a small table or record, money in currency units.
"""
