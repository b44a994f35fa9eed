"""Studies of the inventory page, in reading order; a study is one file and one line here."""

from retail_panel.studies.inventory.gmroi import GMROI
from retail_panel.studies.inventory.movers import FAST_MOVERS, SLOW_MOVERS
from retail_panel.studies.inventory.stock_measures import STOCK_MEASURES
from retail_panel.studies.inventory.stock_over_time import STOCK_AT_COST, STOCK_OUTS

STUDIES = (STOCK_MEASURES, GMROI, STOCK_OUTS, STOCK_AT_COST, SLOW_MOVERS, FAST_MOVERS)
