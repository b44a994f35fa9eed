"""The present day against usual ones: what sells now, what it is expected to be, and the orders that came last.

Pure functions: ``ask`` answers a question (as :meth:`retail_panel.store.Store.ask` does), ``lines`` are the order lines
in scope and selection. Each returns a small table or record, money in currency units. *Now* is the time of the last
line, and a *usual* day is one of the same weekday in the weeks before.
"""
