"""What compose promises, seen on containers that run; deploy/try-compose starts them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from demo.examples import PASSWORD
from embedded.ports import free_port
from kit.settings import PIECES
from tests.compose.engine import Containers, said
from tests.compose.recipe import DEPLOY, JOBS, LASTING

pytestmark = pytest.mark.compose

WELL = {"network": "queretaro", "status": "ok", "pieces": dict.fromkeys(PIECES, "ok")}
KILL_ALL = ("python", "-c", "import os; os.kill(-1, 9)")


def becomes_well(network: Containers, seconds: float = 30) -> dict[str, object]:
    """The gateway's word once all is well, or its last word."""
    end = time.monotonic() + seconds
    while True:
        found = network.health()
        if found["status"] == "ok" or time.monotonic() > end:
            return found
        time.sleep(0.2)


def test_all_is_up_and_the_jobs_ended_well(queretaro: Containers) -> None:
    assert queretaro.services() == LASTING.keys()
    assert queretaro.services(ended=True) == LASTING.keys() | JOBS.keys()
    assert {queretaro.inspect(job)["State"]["ExitCode"] for job in JOBS} == {0}
    assert {queretaro.inspect(service)["State"]["Health"]["Status"] for service in LASTING} == {"healthy"}


@pytest.mark.parametrize("service", LASTING)
def test_no_process_is_root_or_can_become_it_or_writes_to_its_image(queretaro: Containers, service: str) -> None:
    state = queretaro.inside(service, "cat", "/proc/1/status")
    fields = dict(line.split(":", 1) for line in state.splitlines())
    assert "0" not in fields["Uid"].split()
    assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"].strip() == "1"
    assert "Read-only file system" in queretaro.inside(service, "touch", "/written")


@pytest.mark.parametrize("service", [*PIECES, "gateway"])
def test_an_image_has_no_tools_to_build_with(queretaro: Containers, service: str) -> None:
    found = queretaro.inside(service, "sh", "-c", "command -v pip uv cc gcc make curl wget git || echo none")
    assert found.split() == ["none"]
    assert "No module named pip" in queretaro.inside(service, "python", "-m", "pip")


def test_only_this_machine_reaches_the_gateway_and_nobody_the_rest(queretaro: Containers) -> None:
    published = {name: queretaro.inspect(name)["HostConfig"]["PortBindings"] for name in LASTING}
    port = queretaro.environment["TRAMA_PORT"]
    assert published.pop("gateway") == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": port}]}
    assert not any(published.values())


def test_a_piece_has_no_way_out_and_the_gateway_none_to_the_databases(queretaro: Containers) -> None:
    dial = "import socket; socket.create_connection(('{}', {}), 3); print('reached')"
    assert "unreachable" in queretaro.inside("orders", "python", "-c", dial.format("192.0.2.1", 80))
    assert queretaro.inside("orders", "python", "-c", dial.format("postgres", 5432)) == "reached\n"
    address = queretaro.inspect("postgres")["NetworkSettings"]["Networks"]
    postgres = next(iter(address.values()))["IPAddress"]
    assert "timed out" in queretaro.inside("gateway", "python", "-c", dial.format(postgres, 5432))


def test_a_piece_cannot_open_anothers_database(queretaro: Containers) -> None:
    ask = (
        "SELECT has_database_privilege('orders', 'members', 'CONNECT'), rolsuper FROM pg_roles WHERE rolname = 'orders'"
    )
    told = queretaro.inside("postgres", "psql", "-U", "postgres", "-Atc", ask)
    assert told.strip() == "f|f"


@pytest.mark.parametrize("service", ["orders", "gateway"])
def test_what_is_killed_comes_back(queretaro: Containers, service: str) -> None:
    before = queretaro.inspect(service)["RestartCount"]
    queretaro.inside(service, *KILL_ALL)
    end = time.monotonic() + 30
    while queretaro.inspect(service)["RestartCount"] == before and time.monotonic() < end:
        time.sleep(0.1)
    assert queretaro.inspect(service)["RestartCount"] == before + 1
    while time.monotonic() < end:
        try:
            assert becomes_well(queretaro) == WELL
            break
        except httpx.TransportError:
            time.sleep(0.2)
    assert becomes_well(queretaro) == WELL


@contextmanager
def as_coordinator(network: Containers) -> Iterator[httpx.Client]:
    sign_in = {"grant_type": "password", "username": "coordinadora@queretaro.example", "password": PASSWORD}
    with httpx.Client(base_url=network.gateway_url, timeout=10, trust_env=False) as http:
        token = http.post("/api/members/v1/token", data=sign_in).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield http


def join(network: Containers, name: str) -> None:
    """A household applies and is admitted, which all pieces are told."""
    body = {"kind": "household", "name": name, "email": f"{uuid4()}@example.org", "password": "a password of hers"}
    with as_coordinator(network) as http:
        applied = http.post("/api/members/v1/members", json=body)
        assert applied.status_code == 201, applied.text
        admitted = http.post(f"/api/members/v1/members/{applied.json()['id']}/admit")
        assert admitted.status_code == 200, admitted.text


def members(network: Containers) -> set[str]:
    """The names of all members."""
    with as_coordinator(network) as http:
        return {member["name"] for member in http.get("/api/members/v1/members?limit=200").json()["items"]}


def events(network: Containers) -> int:
    """How many the stream holds."""
    found: int = json.loads(network.inside("nats", "wget", "-q", "-O", "-", "http://127.0.0.1:8222/jsz"))["messages"]
    return found


def test_data_outlive_the_containers_and_a_backup_brings_back_what_was(queretaro: Containers, tmp_path: Path) -> None:
    join(queretaro, "before")
    at_backup = events(queretaro)
    said([str(DEPLOY / "backup"), str(tmp_path / "backup")], queretaro.environment)
    assert becomes_well(queretaro) == WELL
    join(queretaro, "after")

    queretaro.compose("down")
    assert queretaro.services(ended=True) == set()
    queretaro.compose("up", "--detach", "--wait")
    assert becomes_well(queretaro) == WELL
    assert {"before", "after"} <= members(queretaro)
    held = events(queretaro)
    assert held >= at_backup > 0

    said([str(DEPLOY / "restore"), str(tmp_path / "backup")], queretaro.environment)
    assert becomes_well(queretaro) == WELL
    assert members(queretaro) & {"before", "after"} == {"before"}
    # Who joined is an event, so the stream is the backup's as well.
    assert at_backup <= events(queretaro) < held


@pytest.fixture
def leon(queretaro: Containers, tmp_path: Path) -> Iterator[Containers]:
    """A network of its own beside the other, with the images that are there."""
    own = {
        "NETWORK": "leon",
        "COMPOSE_PROJECT_NAME": f"{queretaro.environment['COMPOSE_PROJECT_NAME']}-leon",
        "TRAMA_PORT": str(free_port()),
        "TRAMA_SECRETS": str(tmp_path / "secrets.env"),
    }
    network = Containers(queretaro.environment | own)
    said([str(DEPLOY / "new-secrets"), "leon", own["TRAMA_SECRETS"]])
    yield network
    network.compose("--profile", "*", "down", "--volumes")


def test_a_network_runs_only_its_pieces_and_another_can_be_added_to_its_data(leon: Containers) -> None:
    leon.compose("up", "--detach", "--wait")
    ground = {"postgres", "nats", "databases", "gateway"}
    assert leon.services(ended=True) == ground | {"members", "migrate-members", "directory", "migrate-directory"}
    assert becomes_well(leon) == {"network": "leon", "status": "ok", "pieces": {"members": "ok", "directory": "ok"}}

    grown = Containers(leon.environment | {"TRAMA_PIECES": "members,directory,catalog"})
    grown.compose("up", "--detach", "--wait")
    assert becomes_well(grown)["pieces"] == {"members": "ok", "directory": "ok", "catalog": "ok"}
