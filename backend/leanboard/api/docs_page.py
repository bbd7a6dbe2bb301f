"""The interactive documentation at /docs, without anything from a foreign host: the files come from fastapi_offline."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

DOCS = "/docs"
STATIC = "/docs-static"

router = APIRouter(include_in_schema=False)


def install(app: FastAPI) -> None:
    """Add the page and its files."""
    app.include_router(router)
    app.mount(STATIC, StaticFiles(directory=Path(str(files("fastapi_offline"))) / "static"), name="docs-static")


@router.get(DOCS)
async def docs() -> HTMLResponse:
    """Return the page."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Leanboard",
        swagger_js_url=f"{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{STATIC}/favicon.png",
    )
