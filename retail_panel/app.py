"""What ``panel serve`` runs for each visitor."""

import panel as pn

from retail_panel.ops.logs import quiet_departures
from retail_panel.pages.outbox import keep_moving
from retail_panel.pages.workbench import Workbench
from retail_panel.server import server

pn.extension(reconnect=True)
quiet_departures()
keep_moving()
Workbench(server()).page.servable()
