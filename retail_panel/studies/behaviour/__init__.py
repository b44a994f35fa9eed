"""Studies of the behaviour page, in reading order; a study is one file and one line here."""

from retail_panel.studies.behaviour.average_values import CATEGORY_VALUES, TIER_VALUES
from retail_panel.studies.behaviour.category_revenue import CATEGORY_REVENUE
from retail_panel.studies.behaviour.channels import CHANNELS
from retail_panel.studies.behaviour.hours import DAY_HOURS
from retail_panel.studies.behaviour.kinds import KINDS
from retail_panel.studies.behaviour.order_sizes import ORDER_SIZES
from retail_panel.studies.behaviour.segment_values import SEGMENT_CHANNELS, SEGMENT_TIERS

STUDIES = (
    CHANNELS, TIER_VALUES, KINDS, CATEGORY_REVENUE, CATEGORY_VALUES, SEGMENT_CHANNELS, SEGMENT_TIERS, DAY_HOURS,
    ORDER_SIZES,
)  # fmt: skip
