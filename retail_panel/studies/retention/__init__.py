"""Studies of the retention page, in reading order; a study is one file and one line here."""

from retail_panel.studies.retention.cohort_retention import COHORT_RETENTION
from retail_panel.studies.retention.concentration import CONCENTRATION
from retail_panel.studies.retention.new_and_returning import NEW_AND_RETURNING
from retail_panel.studies.retention.second_purchase import SECOND_PURCHASE
from retail_panel.studies.retention.segment_flows import SEGMENT_FLOWS
from retail_panel.studies.retention.segment_matrix import SEGMENT_MATRIX

STUDIES = (
    COHORT_RETENTION,
    SEGMENT_FLOWS,
    SEGMENT_MATRIX,
    SECOND_PURCHASE,
    CONCENTRATION,
    NEW_AND_RETURNING,
)
