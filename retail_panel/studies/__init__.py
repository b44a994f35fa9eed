"""Studies: questions that cubes do not answer, one file each, drawn with hvPlot and told in words."""

from retail_panel.studies.answered import answered, is_withheld
from retail_panel.studies.asking import Asking
from retail_panel.studies.easel import Easel
from retail_panel.studies.graft import graft
from retail_panel.studies.look import Look
from retail_panel.studies.study import Choice, Nothing, Study
from retail_panel.views.copies import copy_of

__all__ = ["Asking", "Choice", "Easel", "Look", "Nothing", "Study", "answered", "copy_of", "graft", "is_withheld"]
