"""An invitation on paper or screen: a QR code, and a sheet with it to hang up or hand over."""

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import segno

from kit.language import Texts
from kit.paper import FAMILY, Sheet
from members.identity.words import link, network
from members.invitations.service import Invitation, printable
from members.settings import Settings

#: Dark modules are this many pixels; the quiet zone about them is what the standard asks (ISO/IEC 18004).
PIXELS = 8


def _code(settings: Settings, invitation: Invitation) -> segno.QRCode:
    # M mends 15 %: a fold or a drop of coffee.
    return segno.make_qr(link(settings, "invitations", printable(invitation)), error="m")


def svg(settings: Settings, invitation: Invitation) -> bytes:
    """The code as a drawing of any size."""
    out = io.BytesIO()
    _code(settings, invitation).save(out, kind="svg", scale=PIXELS, xmldecl=False, nl=False)
    return out.getvalue()


def png(settings: Settings, invitation: Invitation) -> bytes:
    """The code as a picture."""
    out = io.BytesIO()
    _code(settings, invitation).save(out, kind="png", scale=PIXELS)
    return out.getvalue()


def pdf(settings: Settings, invitation: Invitation, texts: Texts, *, language: str, now: datetime) -> bytes:
    """The sheet: what it is for, the code large, and what to type where no camera is."""
    name = network(settings)
    title = texts.say(language, "Invitation to {network}", {"network": name})
    sheet = Sheet(title, now)
    sheet.text_line(title, 26, "B")
    sheet.ln(4)
    sheet.text_line(_purpose(invitation, texts, language, name), 14)
    if invitation.note:
        sheet.ln(2)
        sheet.text_line(invitation.note, 14, "B")
    size = 110.0
    left = (sheet.w - size) / 2
    sheet.ln(6)
    top = sheet.get_y()
    sheet.image(io.BytesIO(png(settings, invitation)), x=left, y=top, w=size)
    sheet.set_y(top + size + 6)
    sheet.set_font(FAMILY, "", 12)
    where = settings.public_url or name
    how = texts.say(
        language,
        "Point a phone's camera at it. Or go to {where} and type this code:",
        {"where": where.removeprefix("https://").removeprefix("http://")},
    )
    sheet.multi_cell(0, 6, how, align="C", new_x="LMARGIN", new_y="NEXT")
    sheet.set_font(FAMILY, "B", 22)
    sheet.cell(0, 14, printable(invitation), align="C", new_x="LMARGIN", new_y="NEXT")
    sheet.set_font(FAMILY, "", 11)
    sheet.multi_cell(0, 6, _limits(settings, invitation, texts, language), align="C")
    return bytes(sheet.output())


def _purpose(invitation: Invitation, texts: Texts, language: str, name: str) -> str:
    if invitation.purpose == "acting":
        return texts.say(language, "With this you act for a member of {network}.", {"network": name})
    if invitation.purpose == "role":
        return texts.say(language, "With this you take on a task for {network}.", {"network": name})
    if invitation.admitted:
        return texts.say(language, "With this you become a member of {network}.", {"network": name})
    return texts.say(language, "With this you apply to become a member of {network}.", {"network": name})


def _limits(settings: Settings, invitation: Invitation, texts: Texts, language: str) -> str:
    until = invitation.expires_at.astimezone(ZoneInfo(settings.zone)).strftime("%Y-%m-%d %H:%M")
    if invitation.max_uses == 1:
        return texts.say(language, "Good once, until {until}. Keep it to yourself.", {"until": until})
    params = {"until": until, "uses": invitation.max_uses}
    return texts.say(language, "Good {uses} times, until {until}.", params)
