"""Studies of the trends page, in reading order; a study is one file and one line here."""

from retail_panel.studies.trends.channel_growth import CHANNEL_GROWTH
from retail_panel.studies.trends.channels import CHANNEL_SALES
from retail_panel.studies.trends.growth import GROWTH
from retail_panel.studies.trends.monthly import MONTHLY
from retail_panel.studies.trends.patterns import PATTERNS
from retail_panel.studies.trends.seasons import DECOMPOSITION
from retail_panel.studies.trends.segments import SEGMENT_EVOLUTION
from retail_panel.studies.trends.years import YEARS

STUDIES = (
    MONTHLY, CHANNEL_SALES, GROWTH, CHANNEL_GROWTH, YEARS, PATTERNS, SEGMENT_EVOLUTION, DECOMPOSITION,
)  # fmt: skip
