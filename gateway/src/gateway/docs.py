"""The docs page: Swagger UI out of a package, so that nothing comes from outside."""

import gzip
import hashlib
from importlib.metadata import distribution
from importlib.resources import files

from gateway.call import Call

#: The page may run and load what this address serves, and nothing else. Swagger UI sets styles by attribute.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PACKAGE = "fastapi-swagger"


class Page:
    """A file that is read once, at the first call."""

    def __init__(self, kind: bytes, package: str, *path: str) -> None:
        self._kind = kind
        self._package = package
        self._path = path
        self._plain = b""
        self._small = b""
        self._etag = b""

    async def answer(self, call: Call) -> None:
        if not self._plain:
            self._plain = self._read()
            self._small = gzip.compress(self._plain)
            self._etag = b'"%b"' % hashlib.sha256(self._plain).hexdigest()[:32].encode()
        headers = [
            (b"content-type", self._kind),
            (b"etag", self._etag),
            (b"cache-control", b"no-cache"),
            (b"vary", b"Accept-Encoding"),
            (b"content-security-policy", POLICY),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        ]
        if self._etag in (call.header(b"if-none-match") or b""):
            await call.answer(304, headers, b"")
        elif b"gzip" in (call.header(b"accept-encoding") or b""):
            await call.answer(200, [*headers, (b"content-encoding", b"gzip")], self._small)
        else:
            await call.answer(200, headers, self._plain)

    def _read(self) -> bytes:
        if self._package == "gateway":
            return files("gateway").joinpath("pages", *self._path).read_bytes()
        # By its files, not by import: the package would bring a web framework along.
        found = distribution(self._package).locate_file("/".join(self._path))
        with open(str(found), "rb") as stream:
            return stream.read()


def pages() -> dict[bytes, Page]:
    """Address by address."""
    script = b"text/javascript; charset=utf-8"
    assets = ("fastapi_swagger", "resources")
    return {
        b"/docs": Page(b"text/html; charset=utf-8", "gateway", "docs.html"),
        b"/docs/start.js": Page(script, "gateway", "start.js"),
        b"/docs/swagger-ui-bundle.js": Page(script, PACKAGE, *assets, "swagger-ui-bundle.js"),
        b"/docs/swagger-ui.css": Page(b"text/css; charset=utf-8", PACKAGE, *assets, "swagger-ui.css"),
    }
