"""The catcher's pages: plain HTML that loads nothing, with everything that came in a letter escaped."""

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.mail.box import Box, Caught

_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.3rem } .muted { opacity: .65; font-size: .875rem }
ul { list-style: none; padding: 0 } li { border-top: 1px solid #8884; padding: .6rem 0 }
li a { font-weight: 600 } dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem }
dt { opacity: .65 } dd { margin: 0; overflow-wrap: anywhere }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8884; border-radius: .4rem;
      padding: 1rem }
"""
#: Nothing from elsewhere, no script at all, whatever a letter holds.
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def _page(title: str, body: str) -> HTMLResponse:
    html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{_STYLE}</style></head>
<body>{body}</body></html>
"""
    return HTMLResponse(html, headers=HEADERS)


def _listed(caught: Caught) -> str:
    letter = caught.letter
    return (
        f'<li><a href="/letters/{quote(caught.name)}">{escape(str(letter["Subject"] or "(no subject)"))}</a><br>'
        f'<span class="muted">to {escape(str(letter["To"]))} · {escape(str(letter["Date"]))}</span></li>'
    )


def _with_links(text: str) -> str:
    """The text escaped, its web addresses to be clicked."""
    parts: list[str] = []
    end = 0
    for link in _LINK.finditer(text):
        address = escape(link[0], quote=True)
        parts += [escape(text[end : link.start()]), f'<a href="{address}" rel="noreferrer">{address}</a>']
        end = link.end()
    return "".join([*parts, escape(text[end:])])


def _shown(caught: Caught) -> str:
    letter = caught.letter
    rows = "".join(f"<dt>{name}</dt><dd>{escape(str(letter[name] or ''))}</dd>" for name in ("From", "To", "Date"))
    files = "".join(
        f'<li><a href="/letters/{quote(caught.name)}/{number}">{escape(part.get_filename() or "file")}</a> '
        f'<span class="muted">{escape(part.get_content_type())}</span></li>'
        for number, part in enumerate(caught.attachments)
    )
    return (
        f'<p><a href="/">All letters</a></p><h1>{escape(str(letter["Subject"] or "(no subject)"))}</h1>'
        f"<dl>{rows}</dl><pre>{_with_links(caught.text)}</pre>"
        + (f"<h2>Attached</h2><ul>{files}</ul>" if files else "")
    )


def _list(letters: Sequence[Caught]) -> str:
    items = "".join(_listed(caught) for caught in reversed(letters))
    nothing = "<p>No letter yet. Ask for a sign-in code, say: <code>POST /api/members/v1/token/codes</code>.</p>"
    return (
        "<h1>Letters that this network sent</h1>"
        '<p class="muted">They are caught here and go nowhere. Reload the page to see new ones.</p>'
        + (f"<ul>{items}</ul>" if items else nothing)
    )


def site(box: Box) -> Starlette:
    """The pages as an application."""

    async def every(_request: Request) -> Response:
        return _page("Letters", _list(box.letters()))

    async def one(request: Request) -> Response:
        caught = box.letter(request.path_params["name"])
        if caught is None:
            return PlainTextResponse("There is no such letter", 404, headers=HEADERS)
        return _page(str(caught.letter["Subject"]), _shown(caught))

    async def attachment(request: Request) -> Response:
        caught = box.letter(request.path_params["name"])
        number: int = request.path_params["number"]
        if caught is None or number >= len(caught.attachments):
            return PlainTextResponse("There is no such file", 404, headers=HEADERS)
        part = caught.attachments[number]
        name = quote(part.get_filename() or "file")
        content = part.get_payload(decode=True)
        return Response(
            content if isinstance(content, bytes) else b"",
            media_type="application/octet-stream",
            headers={**HEADERS, "content-disposition": f"attachment; filename*=UTF-8''{name}"},
        )

    async def ready(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/", every),
            Route("/letters/{name}", one),
            Route("/letters/{name}/{number:int}", attachment),
            Route("/health/ready", ready),
        ]
    )
