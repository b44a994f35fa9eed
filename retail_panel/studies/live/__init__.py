"""Studies of the live page, in reading order; a study is one file and one line here."""

from retail_panel.studies.live.expected_now import EXPECTED_NOW
from retail_panel.studies.live.orders_now import ORDERS_NOW
from retail_panel.studies.live.sales_today import SALES_TODAY
from retail_panel.studies.live.top_now import TOP_CATEGORIES, TOP_STORES

STUDIES = (SALES_TODAY, EXPECTED_NOW, TOP_CATEGORIES, TOP_STORES, ORDERS_NOW)
