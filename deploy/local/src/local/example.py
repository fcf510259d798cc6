"""The example networks' data, entered by the demo loader through the gateway as anybody would enter them."""

import os
import subprocess
import sys
from pathlib import Path

from demo import examples
from local.network import CHECKOUT
from local.place import Place


class LoadError(Exception):
    """The loader failed; the message has the end of its log."""


def offered(slug: str) -> bool:
    """Say whether there are example data for this network."""
    return slug in examples.slugs()


def admin(slug: str, password: str) -> dict[str, str]:
    """Give the variables that make the members piece create a network's first administrator, and the loader sign in."""
    mail = examples.address(slug, "admin") if offered(slug) else f"admin@{slug}.example"
    return {"TRAMA_ADMIN_EMAIL": mail, "TRAMA_ADMIN_PASSWORD": password}


def users(slug: str) -> list[str]:
    """Give the addresses of those who look after the example network."""
    return [
        examples.address(slug, name) for name in ["admin", *(user["user"] for user in examples.network(slug)["users"])]
    ]


def load(place: Place, slug: str, gateway_url: str) -> None:
    """Enter the data; what is there already is left alone. Raises LoadError."""
    log = place.log("demo")
    command = _demo("load", slug, gateway_url)
    environment = os.environ | admin(slug, place.secret("admin", examples.PASSWORD))
    with log.open("wb") as output:
        done = subprocess.run(command, cwd=CHECKOUT, env=environment, stdout=output, stderr=output, check=False)
    if done.returncode != 0:
        raise LoadError(f"the example network could not be loaded; see {log}:\n{_end(log)}")
    place.loaded.touch()


def first_order(slug: str, gateway_url: str) -> str:
    """Give what a newcomer can try, ready to be pasted into a terminal; empty where there is nothing to order."""
    asked = _demo("first-order", slug, gateway_url)
    done = subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.rstrip() if done.returncode == 0 else ""


def _demo(what: str, slug: str, gateway_url: str) -> list[str]:
    return [sys.executable, "-m", "demo", what, "--network", slug, "--gateway", gateway_url]


def _end(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
