"""What ``panel serve`` runs for each visitor."""

import panel as pn

from retail_panel.pages.workbench import Workbench
from retail_panel.server import server

pn.extension(notifications=True, reconnect=True)
Workbench(server()).page.servable()
