"""Which networks there are, and what each deploys: one small file in deploy/networks/ per network."""

from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]
NETWORKS = CHECKOUT / "deploy" / "networks"


class UnknownNetworkError(Exception):
    """There is no settings file for this network, or it lacks something."""


@dataclass(frozen=True)
class Network:
    """A network's settings as its file has them, names with the prefix TRAMA_."""

    slug: str
    settings: dict[str, str]

    @property
    def name(self) -> str:
        return self.settings.get("TRAMA_NAME", self.slug)

    @property
    def pieces(self) -> list[str]:
        return [piece.strip() for piece in self.settings["TRAMA_PIECES"].split(",") if piece.strip()]


def network_slugs(folder: Path = NETWORKS) -> list[str]:
    """Give the networks that have a settings file."""
    return sorted(file.stem for file in folder.glob("*.env"))


def read_network(slug: str, folder: Path = NETWORKS) -> Network:
    """Read a network's file: lines NAME=value, the value bare or in double quotes, as Docker Compose reads it."""
    file = folder / f"{slug}.env"
    if slug not in network_slugs(folder):
        raise UnknownNetworkError(f"no network {slug!r}; there are {', '.join(network_slugs(folder))}")
    settings = dict(_parse(number, line, file) for number, line in _lines(file))
    missing = {"TRAMA_NETWORK", "TRAMA_PIECES"} - settings.keys()
    if missing:
        raise UnknownNetworkError(f"{file} lacks {', '.join(sorted(missing))}")
    return Network(settings["TRAMA_NETWORK"], settings)


def _lines(file: Path) -> list[tuple[int, str]]:
    numbered = enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
    return [(number, line.strip()) for number, line in numbered if line.strip() and not line.lstrip().startswith("#")]


def _parse(number: int, line: str, file: Path) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals or not name.isidentifier():
        raise UnknownNetworkError(f"{file}, line {number}: expected NAME=value, found {line!r}")
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return name, value
