"""What ``panel serve`` runs for each visitor."""

import panel as pn
from bokeh.settings import settings

from retail_panel.ops.logs import quiet_departures
from retail_panel.pages.closed import not_opened
from retail_panel.pages.outbox import keep_in_turn
from retail_panel.pages.reading import read_by_name
from retail_panel.pages.workbench import Workbench
from retail_panel.server import server
from retail_panel.visitors import TooManyPages

pn.extension(reconnect=True)
# Else Bokeh looks at the signature of each callback, and for similar names where a model has no attribute of one.
settings.perform_error_diagnostics = False
quiet_departures()
keep_in_turn()
read_by_name()
try:
    Workbench(server()).page.servable()
except TooManyPages as refused:
    not_opened(refused, server().settings.title).servable()
