"""What every page is made with: templates that escape, the shared style, and the policy that keeps a page closed."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

PAGES = Path(str(files("app.pages")))
STATIC = PAGES / "static"

# A page runs and loads only this server's own files. `blob:` and `data:` are images that the page made itself.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGES / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, template: str, *, images_from: str = "", **values: Any) -> HTMLResponse:
    """A page made of a template, in which every value is escaped. `images_from`: origins, as in a policy, that its
    images may come from too.
    """
    return page_of(request.scope, template, images_from=images_from, **values)


def page_of(scope: Mapping[str, Any], template: str, *, images_from: str = "", **values: Any) -> HTMLResponse:
    """As `page`, of a request that did not get as far as a route."""
    policy = PAGE_POLICY.replace("data: blob:", f"data: blob: {images_from}") if images_from else PAGE_POLICY
    content = (
        _templates()
        .get_template(template)
        .render(root=scope.get("root_path", ""), csrf=scope.get("state", {}).get("csrf"), **values)
    )
    return HTMLResponse(content, headers={"Content-Security-Policy": policy})


def style(*names: str) -> str:
    """Stylesheets as one text, for a page that must work as a single file."""
    return "".join((STATIC / name).read_text(encoding="utf-8") for name in names)


def sealed_policy(style_text: str) -> str:
    """The policy of a page that is a single file: it shows this style and runs and loads nothing, whatever the texts
    in it say. The `<style>` element must hold exactly `style_text`.
    """
    digest = base64.b64encode(hashlib.sha256(style_text.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def swagger_files() -> Path | None:
    """The folder with swagger-ui-bundle.js and swagger-ui.css, from the package that carries them."""
    found = find_spec("fastapi_offline")
    return Path(found.origin).parent / "static" if found is not None and found.origin else None
