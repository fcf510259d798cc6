"""A log line and a measurement for every request, made to cost next to nothing.

The line has the fields of kit.observe's, written by hand: request ids are checked when they come in, the other fields
are ours, so nothing needs escaping. No address, no user, no path: nothing that speaks of a person.
"""

import asyncio
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.call import Call
from gateway.upstream.pool import Pool

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
#: Seconds that a line may wait for others, to be written together.
LINGER = 0.2
#: Methods that are counted under their own name.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Journal:
    """``note`` every call once it is answered."""

    def __init__(self, *, lines: bool, write: Callable[[str], object] = sys.stdout.write) -> None:
        self._lines = lines
        self._write = write
        self._waiting: list[str] = []
        #: The time that lines written together share.
        self._stamp = ""
        #: Per piece, method and status: a count for each bucket, and the seconds together.
        self.measured: dict[tuple[str, str, int], tuple[list[int], list[float]]] = {}

    def note(self, call: Call, status: int) -> None:
        seconds = time.perf_counter() - call.started
        method = call.method if call.method in METHODS else "OTHER"
        key = (call.piece, method, status)
        known = self.measured.get(key)
        if known is None:
            known = self.measured[key] = ([0] * (len(BUCKETS) + 1), [0.0])
        known[0][bisect_left(BUCKETS, seconds)] += 1
        known[1][0] += seconds
        if self._lines:
            if not self._waiting:
                asyncio.get_running_loop().call_later(LINGER, self.flush)
                self._stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._waiting.append(
                f'{{"service": "gateway", "request_id": "{call.asked.request_id.decode()}", "method": "{method}", '
                f'"piece": "{call.piece}", "status": {status}, "ms": {seconds * 1e3:.1f}, "event": "request", '
                f'"level": "info", "timestamp": "{self._stamp}"}}\n'
            )

    def flush(self) -> None:
        lines, self._waiting = self._waiting, []
        if lines:
            self._write("".join(lines))
            sys.stdout.flush()


class Measurements(Collector):
    """What Prometheus reads: the journal's counts, the connections to each piece, the open event streams."""

    def __init__(self, journal: Journal, pools: dict[str, Pool], streams: Callable[[], int]) -> None:
        self._journal = journal
        self._pools = pools
        self._streams = streams

    def collect(self) -> Iterable[Metric]:
        yield self._requests()
        yield from self._connections()
        streams = GaugeMetricFamily("trama_gateway_event_streams", "Open event streams")
        streams.add_metric([], self._streams())
        yield streams

    def _requests(self) -> Metric:
        family = HistogramMetricFamily(
            "trama_gateway_request_seconds", "Requests answered", labels=["piece", "method", "status"]
        )
        for (piece, method, status), (counts, seconds) in list(self._journal.measured.items()):
            total = 0
            buckets = []
            for limit, count in zip((*map(str, BUCKETS), "+Inf"), counts, strict=True):
                total += count
                buckets.append((limit, total))
            family.add_metric([piece, method, str(status)], buckets, seconds[0])
        return family

    def _connections(self) -> Iterator[Metric]:
        made = CounterMetricFamily("trama_gateway_connections_made", "Connections made", labels=["piece"])
        open_now = GaugeMetricFamily("trama_gateway_connections", "Connections open now", labels=["piece", "state"])
        for piece, pool in self._pools.items():
            made.add_metric([piece], pool.made)
            open_now.add_metric([piece, "busy"], pool.busy)
            open_now.add_metric([piece, "idle"], pool.waiting)
        yield made
        yield open_now
