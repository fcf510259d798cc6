"""Sessions for people's calendars (RFC 5545, RFC 7986). Each is an entry of its own, in UTC; one that was cancelled says
so, and a change counts up its sequence, so that a calendar that follows the feed moves what it has."""

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event

from catalog.sessions.repository.views import SessionSeen

MEDIA_TYPE = "text/calendar"
#: How often a calendar should look again.
_REFRESH = timedelta(hours=1)


def calendar(network: str, title: str, sessions: Iterable[SessionSeen]) -> bytes:
    """A calendar of these sessions."""
    made = Calendar()
    made.add("prodid", f"-//Trama//{network}//ES")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", title)
    made.add("x-wr-calname", title)
    made.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for one in sessions:
        made.add_component(_event(network, one))
    return bytes(made.to_ical())


def _event(network: str, one: SessionSeen) -> Event:
    event = Event()
    event.add("uid", f"{one.id}@{network}")
    event.add("dtstamp", one.changed_at)
    event.add("last-modified", one.changed_at)
    event.add("sequence", one.version)
    event.add("dtstart", one.starts_at)
    event.add("dtend", one.ends_at)
    event.add("summary", one.product_name)
    event.add("status", "CANCELLED" if one.state == "cancelled" else "CONFIRMED")
    if one.place:
        event.add("location", one.place)
    if one.location:
        event.add("geo", (one.location.lat, one.location.lon))
    if one.note or one.reason:
        event.add("description", "\n".join(text for text in (one.reason, one.note) if text))
    return event
