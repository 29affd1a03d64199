"""Who may call: bearer tokens, the gateway's own hosts and origins, and what was added to them by configuration."""

import hashlib
import hmac
import ipaddress
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from process.settings import SettingsError
from proto.problems import Problem, Rejected

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
MAX_NAME = 200  # it is kept as `executed_by`
PREFLIGHT = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, PUT, DELETE",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}
EXPOSED = "ETag, Location, Retry-After, X-Request-Id"


@dataclass(frozen=True)
class Access:
    """`tokens` maps a name to the SHA-256 of its token; empty: everyone who can reach the loopback address."""

    tokens: dict[str, bytes]
    hosts: frozenset[str]
    origins: frozenset[str]

    def middleware(self) -> Middleware:
        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._check_host(request)
            if (origin := self._foreign_origin(request)) is not None:
                request["cors_origin"] = origin
                if request.method == hdrs.METH_OPTIONS:
                    return web.Response(status=204, headers=PREFLIGHT)
            self._authenticate(request)
            return await handler(request)

        return check

    def _check_host(self, request: web.Request) -> None:
        if _hostname(request.headers.get(hdrs.HOST, "")) not in self.hosts:
            raise Rejected(Problem(403, "foreign_host", "this host name is not served (MEDPRO_ALLOWED_HOSTS)"))

    def _foreign_origin(self, request: web.Request) -> str | None:
        """The origin of an allowed page elsewhere; None for our own pages and for programs."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None or origin.partition("://")[2] == request.headers.get(hdrs.HOST):
            return None
        if origin not in self.origins:
            raise Rejected(Problem(403, "foreign_origin", "this origin is not allowed (MEDPRO_ALLOWED_ORIGINS)"))
        return origin

    def _authenticate(self, request: web.Request) -> None:
        # The page that describes the API holds nothing that is not public.
        if not self.tokens or not request.path.startswith("/api") or request.path == "/api/docs":
            return
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        digest = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        callers = [name for name, known in self.tokens.items() if hmac.compare_digest(known, digest)]
        if scheme.lower() != "bearer" or not callers:
            raise Rejected(Problem(401, "unauthorized", "a valid bearer token is needed"))
        request["caller"] = callers[0]


def read_tokens(path: Path | None, host: str) -> dict[str, bytes]:
    """Raises SettingsError, also where there are no tokens and the address is not a loopback one."""
    if path is None:
        if not _is_loopback(host):
            raise SettingsError(
                f"MEDPRO_GATEWAY_HOST is {host}: without MEDPRO_API_TOKENS_FILE only a loopback address is served"
            )
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read MEDPRO_API_TOKENS_FILE {path}: {error}") from error
    for name, digest in table.items():
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            raise SettingsError(
                f"{path}: a token's name must be 1 to {MAX_NAME} printable characters, not {name[:50]!r}"
            )
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", digest):
            raise SettingsError(f"{path}: {name} must be the SHA-256 of a token, 64 hexadecimal digits")
    if not table:
        raise SettingsError(f"{path} has no tokens")
    return {name: bytes.fromhex(digest) for name, digest in table.items()}


def access(tokens: dict[str, bytes], host: str, hosts: tuple[str, ...], origins: tuple[str, ...]) -> Access:
    names = (*LOOPBACK_NAMES, host, *hosts)
    return Access(tokens, frozenset(_hostname(name) for name in names), frozenset(o.rstrip("/") for o in origins))


async def add_cors_headers(request: web.Request, response: web.StreamResponse) -> None:
    """A signal of the application: on every answer, problems included, that an allowed foreign page asked for."""
    origin = request.get("cors_origin")
    if origin is not None:
        response.headers.update(
            {
                hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
                hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: EXPOSED,
                hdrs.VARY: "Origin",
            }
        )


def _hostname(host: str) -> str:
    """Without the port, in lower case; the port is no secret and may be mapped."""
    bracketed = f"[{host}]" if host.count(":") > 1 and not host.startswith("[") else host
    try:
        return urlsplit(f"//{bracketed}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
