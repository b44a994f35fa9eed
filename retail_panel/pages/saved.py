"""Saved views: the state of the page under a name, per user, and as a link."""

import panel as pn
import panel_material_ui as pmui


class SavedViews:
    """A button and what it opens: names to choose from, a field to save under, and the link to share.

    Parameters
    ----------
    session : Session
        The visitor.
    """

    def __init__(self, session):
        self._session = session
        self._name = pmui.TextInput(label="Name of this view", size="small", margin=6, sizing_mode="stretch_width")
        self._choice = pmui.Select(label="Open a saved view", options=[], size="small", margin=6,
                                   sizing_mode="stretch_width")
        self._link = pmui.TextInput(label="Link to this view", size="small", margin=6, sizing_mode="stretch_width")
        save = pmui.Button(label="Save", size="small", margin=6, on_click=lambda event: self._save())
        opened = pmui.Button(label="Open", size="small", margin=6, on_click=lambda event: self._open())
        remove = pmui.Button(
            label="Remove", size="small", margin=6, variant="outlined", on_click=lambda event: self._remove()
        )
        self.panel = pmui.Dialog(
            pmui.Row(self._choice, opened, remove, sx={"alignItems": "center"}, sizing_mode="stretch_width"),
            pmui.Row(self._name, save, sx={"alignItems": "center"}, sizing_mode="stretch_width"),
            self._link,
            title="Views", show_close_button=True, close_on_click=True, width_option="sm",
        )
        self.layout = [
            pmui.IconButton(icon="bookmarks", description="Saved views and link", size="small", margin=0,
                            on_click=lambda event: self._show())
        ]  # fmt: skip

    def _show(self):
        self._refresh()
        here = pn.state.location.href if pn.state.location else ""
        self._link.value = f"{here.partition('?')[0]}?{self._session.query}"
        self.panel.open = True

    def _refresh(self):
        self._choice.options = list(self._session.store.saved_views(self._session.owner))

    def _save(self):
        name = (self._name.value or "").strip()
        if not name:
            self._session.problem = "A view needs a name to be saved under."
            return
        self._session.problem = ""
        self._session.store.save_view(self._session.owner, name[:80], self._session.query)
        self._name.value = ""
        # Words and choice in one go: a list that learns of them one after the other may show neither.
        self._choice.param.update(options=list(self._session.store.saved_views(self._session.owner)), value=name[:80])

    def _open(self):
        views = self._session.store.saved_views(self._session.owner)
        if self._choice.value in views:
            self._session.restore(views[self._choice.value])
            self.panel.open = False

    def _remove(self):
        if self._choice.value:
            self._session.store.save_view(self._session.owner, self._choice.value, None)
            self._refresh()
