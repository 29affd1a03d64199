"""The pages: files that `gateway/ui` is built into. They use the REST API and nothing else.

Nothing foreign runs in them: scripts and styles come from here alone, by a strict Content-Security-Policy.
"""

import secrets
from functools import cache
from pathlib import Path

from aiohttp import hdrs, web

DOCUMENT = web.AppKey("document", str)
BUILT = Path(__file__).with_name("ui") / "dist"
NONCE = "MEDPRO_NONCE"  # what vite.config.ts writes where each answer puts its own
NOT_BUILT = "<!doctype html><title>MedPro</title><p>The pages are not built: run <code>make pages</code>.\n"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self'"
    " data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FOR_EVER = "public, max-age=31536000, immutable"  # a file's name has a hash of its content


async def page(_request: web.Request) -> web.Response:
    """Every page is the same file: which one it is, its script reads from the address."""
    return _html("index.html")


async def api_docs(_request: web.Request) -> web.Response:
    return _html("docs.html")


async def asset(request: web.Request) -> web.StreamResponse:
    """A built file, as aiohttp serves it: compressed where there is such a file beside it and the browser takes it."""
    path = _files().get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={hdrs.CACHE_CONTROL: FOR_EVER, "X-Content-Type-Options": "nosniff"})


async def api_document(request: web.Request) -> web.Response:
    return web.json_response(text=request.app[DOCUMENT])


def _html(name: str) -> web.Response:
    nonce = secrets.token_urlsafe(16)
    headers = {key: value.replace("{nonce}", nonce) for key, value in HEADERS.items()}
    text = _text(name)
    if text is None:
        return web.Response(status=503, text=NOT_BUILT, content_type="text/html", headers=headers)
    return web.Response(text=text.replace(NONCE, nonce), content_type="text/html", headers=headers)


@cache
def _text(name: str) -> str | None:
    path = BUILT / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


@cache
def _files() -> dict[str, Path]:
    return {path.name: path for path in (BUILT / "assets").glob("*") if path.is_file()}
