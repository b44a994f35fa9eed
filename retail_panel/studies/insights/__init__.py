"""Studies of the insights page, in reading order; a study is one file and one line here."""

from retail_panel.studies.insights.action_worth import ACTION_WORTH
from retail_panel.studies.insights.findings import FINDINGS
from retail_panel.studies.insights.segment_shares import SEGMENT_SHARES

STUDIES = (FINDINGS, SEGMENT_SHARES, ACTION_WORTH)
