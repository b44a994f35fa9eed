"""A portal made with FastAPI that has the workbench in its own process."""

import argparse
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from bokeh.core.validation import silence
from bokeh.core.validation.warnings import EMPTY_LAYOUT
from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from panel.io.fastapi import add_applications

import retail_panel

# Files of the shell are served only if it is there before the workbench is mounted.
import retail_panel.pages.workbench  # noqa: F401
from retail_panel.ops.asgi import Guard
from retail_panel.server import server
from retail_panel.settings import load_settings

PACKAGE = Path(retail_panel.__file__).parent
HERE = Path(__file__).parent
#: Where the workbench's pages, scripts and components are.
PATHS = ("/retail/", "/static/", "/components/")
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; frame-src 'self'; frame-ancestors 'none'"


@asynccontextmanager
async def lifespan(app):
    """Load the data while the portal runs, and close the store with it."""
    workbench = server(load_settings())
    yield
    workbench.close()


portal = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)


@portal.get("/", response_class=HTMLResponse)
def home():
    """The portal's page."""
    return HTMLResponse((HERE / "portal.html").read_text("utf-8"), headers={"Content-Security-Policy": POLICY})


@portal.get("/portal.js")
def script():
    """What the portal's page runs."""
    return FileResponse(HERE / "portal.js", media_type="text/javascript")


@portal.get("/retail/retail-panel-embed.js")
def embed_script():
    """What makes the frame."""
    return FileResponse(PACKAGE / "ops" / "retail-panel-embed.js", media_type="text/javascript")


silence(EMPTY_LAYOUT, True)
# The path is part of the key: with ``prefix`` the scripts would not be found.
add_applications(
    {"/retail/app": str(PACKAGE / "app.py")}, app=portal, title="Retail Panel",
    unused_session_lifetime_milliseconds=120_000,
)  # fmt: skip


def main():
    """Serve until interrupted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    origin = f"http://localhost:{options.port}"
    print(f"Portal: {origin}/", flush=True)
    guarded = Guard(portal, [origin], PATHS)
    uvicorn.run(guarded, host="localhost", port=options.port, log_level="warning", server_header=False)


if __name__ == "__main__":
    main()
