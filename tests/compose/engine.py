"""Networks that run in containers, as the tests see and handle them."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.compose.recipe import DEPLOY


def said(command: list[str], environment: Mapping[str, str] | None = None) -> str:
    """What a command prints. Raises AssertionError with its complaint if it fails."""
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Containers:
    """One network. ``environment`` says which: NETWORK, COMPOSE_PROJECT_NAME, TRAMA_PORT, TRAMA_SECRETS."""

    environment: dict[str, str] = field(repr=False)

    def compose(self, *words: str) -> str:
        return said([str(DEPLOY / "compose"), *words], self.environment)

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['TRAMA_PORT']}"

    def health(self) -> dict[str, Any]:
        with httpx.Client(timeout=10, trust_env=False) as http:
            found: dict[str, Any] = http.get(f"{self.gateway_url}/health").json()
        return found

    def identity(self, service: str) -> str:
        """The container's id."""
        return self.compose("ps", "--all", "--quiet", service).strip()

    def inspect(self, service: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(said(["docker", "inspect", self.identity(service)]))
        return found[0]

    def services(self, *, ended: bool = False) -> set[str]:
        """Those that run now; with ``ended`` those too that came to their end."""
        words = ["ps", "--services", *(["--all"] if ended else [])]
        return set(self.compose(*words).split())

    def inside(self, service: str, *command: str) -> str:
        """What a command prints that runs in a container, with what it complains of."""
        done = subprocess.run(
            ["docker", "exec", self.identity(service), *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout + done.stderr
