"""What ``panel serve`` runs for each visitor of ``/admin``."""

import panel as pn

from retail_panel.ops.admin_page import AdminPage, not_for_you
from retail_panel.ops.guard import is_admin
from retail_panel.server import server

pn.extension(reconnect=True)
if is_admin(pn.state.curdoc.session_context):
    AdminPage(server()).page.servable()
else:
    not_for_you().servable()
