"""The files of deploy/, as the tests read them."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE_TEXT = (DEPLOY / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
#: Those that run for ever, and those that run to their end before them.
LASTING = {name: service for name, service in SERVICES.items() if service["restart"] == "unless-stopped"}
JOBS = {name: service for name, service in SERVICES.items() if service["restart"] == "no"}

#: The last stage of the Dockerfile, which is what a piece's image is.
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
PIECE_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def built_as_piece(service: dict[str, Any]) -> bool:
    """Whether its image is the Dockerfile's last stage, built for it or for the piece it belongs to."""
    image = service["image"]
    makers = [other["build"] for other in SERVICES.values() if other["image"] == image and "build" in other]
    return any("target" not in build for build in makers)


def variables(text: str) -> list[tuple[str, str]]:
    """Each ``${NAME…}`` in a text as its name and what follows it."""
    return re.findall(r"\$\{(\w+)([^}]*)\}", text)
