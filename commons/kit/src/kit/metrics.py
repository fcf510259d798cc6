"""What Prometheus reads at ``/metrics``."""

from prometheus_client import Counter, Histogram

REQUESTS = Histogram(
    "trama_http_request_seconds",
    "Requests answered, by route and status",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
EVENTS_HANDLED = Counter("trama_events_handled_total", "Events taken from the stream", ["type", "outcome"])
EVENTS_SENT = Counter("trama_events_sent_total", "Events published from the outbox")
LETTERS = Counter("trama_letters_total", "Letters handed to the mail server", ["outcome"])
ALARMS = Counter("trama_alarms_total", "What somebody has to look at, by what it is", ["alarm"])
