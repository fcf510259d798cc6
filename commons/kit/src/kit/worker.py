"""A service's relay, consumer and jobs without its HTTP, where a network outgrows one process per service.

``python -m kit.worker orders`` runs them; the HTTP processes then get TRAMA_BACKGROUND=false.
"""

import asyncio
import importlib
import signal
import sys

import uvloop
from fastapi import FastAPI


async def work(app: FastAPI) -> None:
    """Runs the application's background until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with app.router.lifespan_context(app):
        await stop.wait()


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m kit.worker SERVICE")
    app: FastAPI = importlib.import_module(f"{sys.argv[1]}.main").app()
    uvloop.run(work(app))


if __name__ == "__main__":
    main()
