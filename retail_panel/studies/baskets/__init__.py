"""Studies of the baskets page, in reading order; a study is one file and one line here."""

from retail_panel.studies.baskets.category_affinity import CATEGORY_AFFINITY
from retail_panel.studies.baskets.offers import OFFERS
from retail_panel.studies.baskets.product_pairs import PRODUCT_PAIRS

STUDIES = (CATEGORY_AFFINITY, PRODUCT_PAIRS, OFFERS)
