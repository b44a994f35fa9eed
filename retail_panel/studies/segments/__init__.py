"""Studies of the segments page, in reading order; a study is one file and one line here."""

from retail_panel.studies.segments.bubbles import BUBBLES
from retail_panel.studies.segments.cross_table import CROSS_TABLE
from retail_panel.studies.segments.distributions import DISTRIBUTIONS
from retail_panel.studies.segments.profiles import PROFILES
from retail_panel.studies.segments.silhouettes import SILHOUETTES
from retail_panel.studies.segments.snake import SNAKE
from retail_panel.studies.segments.space import SPACE
from retail_panel.studies.segments.spread import SPREAD
from retail_panel.studies.segments.steadiness import STEADINESS

STUDIES = (PROFILES, SNAKE, DISTRIBUTIONS, BUBBLES, SPREAD, SPACE, CROSS_TABLE, SILHOUETTES, STEADINESS)
