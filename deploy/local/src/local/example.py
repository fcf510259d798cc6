"""The example network's data, entered by the demo loader through the gateway as anybody would enter them."""

import subprocess
import sys

from local.network import CHECKOUT
from local.place import Place

# Its users' password is known to everybody (EXAMPLE_PASSWORD); other networks get one of their own.
EXAMPLES = frozenset({"queretaro"})


class LoadError(Exception):
    """The loader failed; the message has the end of its log."""


def load(place: Place, slug: str, gateway_url: str) -> None:
    """Enter the data; what is there already is left alone. Raises LoadError."""
    log = place.log("demo")
    with log.open("wb") as output:
        done = subprocess.run(_demo("load", slug, gateway_url), cwd=CHECKOUT, stdout=output, stderr=output, check=False)
    if done.returncode != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise LoadError(f"the example network could not be loaded; see {log}:\n{end}")
    place.loaded.touch()


def first_order(slug: str, gateway_url: str) -> str:
    """Give what a newcomer can try, ready to be pasted into a terminal; empty where there is nothing to order."""
    asked = _demo("first-order", slug, gateway_url)
    done = subprocess.run(asked, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.rstrip() if done.returncode == 0 else ""


def _demo(what: str, slug: str, gateway_url: str) -> list[str]:
    return [sys.executable, "-m", "demo", what, "--network", slug, "--gateway", gateway_url]
