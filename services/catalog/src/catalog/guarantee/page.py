"""A certificate's page: one file of HTML without scripts, fonts or pictures from elsewhere, readable on any phone."""

import io
from collections.abc import Sequence
from html import escape

import segno

from catalog.guarantee import wording
from catalog.guarantee.wording import Say, Shown

#: Nothing is loaded and nothing runs; the page's own styles are all there is.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

_STYLE = """
:root{--ink:#1d2a21;--dim:#5b665f;--line:#d9ded9;--paper:#fff;--ground:#f4f6f2}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.5 system-ui,sans-serif}
main{max-width:42rem;margin:0 auto;padding:1rem}
article{background:var(--paper);border:1px solid var(--line);border-radius:.75rem;overflow:hidden}
.standing{display:flex;gap:1rem;align-items:center;padding:1.25rem;color:#fff;background:#8a1f1f}
.standing.valid{background:#1f6b3a}.standing.in_conversion,.standing.conditional{background:#8a5a00}
.mark{flex:none;width:3.25rem;height:3.25rem;border:3px solid #fff;border-radius:50%;
font-size:2rem;line-height:2.9rem;text-align:center;font-weight:700}
.standing p{margin:.15rem 0 0}.headline{font-size:1.5rem;font-weight:700;line-height:1.2}
.body{padding:1.25rem}h1{font-size:1.5rem;line-height:1.25;margin:0}h2{font-size:1.05rem;margin:1.5rem 0 .5rem}
.standard{margin:.15rem 0 0;color:var(--dim)}
dl{display:grid;grid-template-columns:auto 1fr;gap:.35rem 1rem;margin:1rem 0 0}dt{color:var(--dim)}dd{margin:0}
ul,ol{margin:0;padding:0;list-style:none}.tags li{display:inline-block;border:1px solid var(--line);
border-radius:1rem;padding:.1rem .7rem;margin:0 .3rem .3rem 0}
ol li{display:flex;gap:1rem;border-top:1px solid var(--line);padding:.4rem 0}
ol time{flex:none;width:11rem;color:var(--dim)}
.code{display:flex;flex-wrap:wrap;gap:1rem;align-items:center;margin-top:1.5rem}
.code svg{flex:none;width:8.5rem;height:8.5rem;background:#fff}
.code p{margin:0;min-width:0;overflow-wrap:anywhere;flex:1 1 12rem}.number{font-weight:700;font-size:1.2rem;white-space:nowrap}
footer{color:var(--dim);font-size:.9rem;padding:1rem .25rem}a{color:inherit}
@media (max-width:30rem){ol li{flex-direction:column;gap:0}ol time{width:auto}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{body{background:#fff}.standing{color:#000;background:#fff!important;border-bottom:2px solid}
.mark{border-color:#000}footer a{display:none}}
"""


def html(shown: Shown, say: Say) -> str:
    """The page; every text is escaped, whoever wrote it."""
    title = f"{shown.code} · {shown.headline}"
    classes = f"standing {shown.status}{' valid' if shown.status == 'certified' else ''}"
    other, other_name = ("en", "English") if shown.language == "es" else ("es", "Español")
    return f"""<!doctype html>
<html lang="{shown.language}"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noarchive">
<style>{_STYLE}</style></head><body><main><article>
<header class="{classes}"><div class="mark" aria-hidden="true">{"✓" if shown.valid else "✗"}</div>
<div><p class="headline">{escape(shown.headline)}</p><p>{escape(shown.explained)}</p></div></header>
<div class="body"><h1>{escape(shown.member)}</h1><p class="standard">{escape(shown.standard)}</p>
<dl>{"".join(_pair(name, value) for name, value in wording.dates(shown, say))}</dl>
{_tags(wording.stands_for(shown, say), shown.practices)}{_tags(say("Products"), shown.products)}
<h2>{escape(say("What has happened"))}</h2><ol>{_history(shown)}</ol>
<div class="code">{qr_svg(shown.address)}<p><span class="number">{escape(shown.code)}</span><br>
{escape(shown.address)}</p></div></div></article>
<footer>{escape(shown.network)} · {escape(say("As of {day}", {"day": shown.today}))} ·
<a href="?lang={other}" hreflang="{other}" lang="{other}">{other_name}</a>
<p>{escape(_about(say))}</p></footer></main></body></html>
"""


def _about(say: Say) -> str:
    return say(
        "A participatory guarantee: those who produce and those who eat set the standard together, visit each other's "
        "farms, and decide in the open."
    )


def _pair(name: str, value: str) -> str:
    return f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"


def _tags(title: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    items = "".join(f"<li>{escape(name)}</li>" for name in names)
    return f'<h2>{escape(title)}</h2><ul class="tags">{items}</ul>'


def _history(shown: Shown) -> str:
    return "".join(f"<li><time>{escape(on)}</time><span>{escape(what)}</span></li>" for on, what in shown.history)


def qr(address: str) -> segno.QRCode:
    """The address as a code; M mends 15 %: a fold or a drop of coffee."""
    return segno.make_qr(address, error="m")


def qr_svg(address: str) -> str:
    """The code as a drawing of any size, with the quiet zone that the standard asks (ISO/IEC 18004)."""
    out = io.BytesIO()
    qr(address).save(out, kind="svg", xmldecl=False, svgns=True, nl=False, omitsize=True)
    return out.getvalue().decode()
