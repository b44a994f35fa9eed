"""Studies of the satisfaction page, in reading order; a study is one file and one line here."""

from retail_panel.studies.satisfaction.amid_stock_outs import AMID_STOCK_OUTS
from retail_panel.studies.satisfaction.satisfaction_by_group import BY_CHANNEL, BY_SEGMENT, BY_STORE
from retail_panel.studies.satisfaction.satisfaction_over_time import SATISFACTION_OVER_TIME
from retail_panel.studies.satisfaction.scores import SCORES_GIVEN

STUDIES = (SATISFACTION_OVER_TIME, AMID_STOCK_OUTS, SCORES_GIVEN, BY_CHANNEL, BY_SEGMENT, BY_STORE)
