"""How many times slower than nginx the gateway is. ``python -m tests.load.bench_gateway``, or ``make bench``.

Both proxy the same upstream, which answers 2 KB of JSON over kept connections, and both write a line per request. The
gateway has everything on: tokens are checked, limits count, ids and traces are made. The server under test has core 0
for itself, upstream and load (wrk) share core 1; runs are interleaved, figures are medians.

Two ratios are told. *Requests*: what a caller sees; it depends on how fast the upstream is, here a bare asyncio server,
faster than any piece. *CPU*: what the server itself spends on a request; it depends on nothing else.
"""

import asyncio
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import uvloop

from kit.testing.tokens import Tokens

ROUNDS, SECONDS = 5, 3
CONNECTIONS = (64, 8)
ADDRESS = "/api/catalog/v1/products"
BODY = json.dumps({"items": [{"name": "Nopal", "number": number} for number in range(65)]}).encode()[:2048]
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.error;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/nginx.access combined;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    upstream piece {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{ proxy_pass http://piece; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
}}
"""


class Answering(asyncio.Protocol):
    """Answers whatever comes with the same bytes: the upstream, as fast as Python can be one."""

    answers: dict[bytes, bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        kind = b"keys" if b"jwks" in data else b"body"
        self.transport.write(self.answers[kind])  # type: ignore[attr-defined]  # uvloop's transports have no type


def serve_upstream(port: int, keys: str) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    Answering.answers = {name: head % len(body) + body for name, body in ((b"body", BODY), (b"keys", keys.encode()))}

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", port, backlog=1024)
        await server.serve_forever()

    uvloop.run(serve())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(core: int, command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[int]:
    """A server on a core of its own; gives the process that does the work, once it listens."""
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *command], env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{command[0]} does not listen")
        children = psutil.Process(process.pid).children()
        yield children[0].pid if children else process.pid
    finally:
        process.terminate()
        process.wait(10)


def load(port: int, connections: int, *headers: str) -> int:
    """Requests answered in ``SECONDS``. Raises RuntimeError if any was not a 200."""
    options = [part for header in headers for part in ("-H", header)]
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", *options]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{ADDRESS}"], capture_output=True, text=True, check=True
    ).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    found = re.search(r"(\d+) requests in", said)
    return int(found[1]) if found else 0


def cpu(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def main() -> None:
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name) is None]
    if missing or (os.cpu_count() or 1) < 2:
        print(f"gateway against nginx: skipped, needs two cores and {', '.join(missing) or 'a second one'}")
        print("on Debian: apt-get install nginx-light wrk util-linux")
        return
    with tempfile.TemporaryDirectory(prefix="trama-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        tokens = Tokens("/networks/bench")
        upstream, nginx_port, gateway_port = free_port(), free_port(), free_port()
        again = [sys.executable, "-m", "tests.load.bench_gateway", "upstream", str(upstream), json.dumps(tokens.jwks)]
        stack.enter_context(running(1, again, upstream))
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, upstream=upstream, port=nginx_port))
        nginx = stack.enter_context(running(0, ["nginx", "-c", str(folder / "nginx.conf")], nginx_port))
        environment = {
            "TRAMA_NETWORK": "bench",
            "TRAMA_PIECES": "catalog",
            "TRAMA_CATALOG_URL": f"http://127.0.0.1:{upstream}",
            "TRAMA_MEMBERS_URL": f"http://127.0.0.1:{upstream}",
            "TRAMA_NATS_URL": "nats://127.0.0.1:9",
            "TRAMA_GATEWAY_PORT": str(gateway_port),
            # What a benchmark asks for in a second is more than a person does in a day; it is counted all the same.
            "TRAMA_RATE_LIMIT": "10000000",
            "TRAMA_RATE_BURST": "10000000",
        }
        gateway = stack.enter_context(running(0, [sys.executable, "-m", "gateway"], gateway_port, environment))
        token = f"Authorization: Bearer {tokens.token()}"
        measure(
            {
                "nginx": (nginx, nginx_port, ()),
                "gateway": (gateway, gateway_port, ()),
                "gateway, with a token": (gateway, gateway_port, (token,)),
            }
        )


def measure(servers: dict[str, tuple[int, int, tuple[str, ...]]]) -> None:
    requests: dict[tuple[str, int], list[float]] = defaultdict(list)
    spent: dict[tuple[str, int], list[float]] = defaultdict(list)
    for turn in range(ROUNDS + 1):
        for connections in CONNECTIONS:
            for name, (pid, port, headers) in servers.items():
                before = cpu(pid)
                count = load(port, connections, *headers)
                if turn:  # the first round warms up
                    requests[name, connections].append(count / SECONDS)
                    spent[name, connections].append((cpu(pid) - before) / count)
    print(f"\n| {len(BODY)} B of JSON, medians of {ROUNDS} | connections | requests | CPU | requests/s | µs of CPU |")
    print("|---|---|---|---|---|---|")
    for connections in CONNECTIONS:
        best = statistics.median(requests["nginx", connections])
        least = statistics.median(spent["nginx", connections])
        for name in servers:
            rate = statistics.median(requests[name, connections])
            cost = statistics.median(spent[name, connections])
            ratios = f"{best / rate:.2f} × | {cost / least:.2f} ×"
            print(f"| {name} | {connections} | {ratios} | {rate:,.0f} | {cost * 1e6:.0f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["upstream"]:
        serve_upstream(int(sys.argv[2]), sys.argv[3])
    else:
        main()
