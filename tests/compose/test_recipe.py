"""What compose promises, as far as its files say it."""

import re
import shlex
from typing import Any

import pytest
import yaml

from kit.settings import PIECES
from tests.compose.recipe import (
    COMPOSE,
    COMPOSE_TEXT,
    DEPLOY,
    DOCKERFILE,
    JOBS,
    LASTING,
    PIECE_STAGE,
    ROOT,
    SERVICES,
    built_as_piece,
    variables,
)

SECRET = re.compile("PASSWORD|SECRET|TOKEN")


def each(services: dict[str, dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("service", services.values(), ids=services.keys())


@each(SERVICES)
def test_every_container_is_locked_down(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert {"pids_limit", "mem_limit", "logging"} <= service.keys()
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & service.keys()


@each(SERVICES)
def test_nothing_runs_as_root(service: dict[str, Any]) -> None:
    if built_as_piece(service):
        user = re.findall(r"^USER (.+)$", PIECE_STAGE, re.MULTILINE)[-1]
    elif "build" in service:
        stage = DOCKERFILE.split(f" AS {service['build']['target']}\n")[1].split("\nFROM ")[0]
        user = re.findall(r"^USER (.+)$", stage, re.MULTILINE)[-1]
    else:
        user = service["user"]
    assert user.split(":")[0] not in ("", "root", "0")


@each(LASTING)
def test_what_lasts_says_whether_it_is_well(service: dict[str, Any]) -> None:
    assert "test" in service.get("healthcheck", {}) or (built_as_piece(service) and "\nHEALTHCHECK " in PIECE_STAGE)
    assert "stop_grace_period" in service


def test_jobs_have_no_health_and_end() -> None:
    assert JOBS.keys() == {"databases", *(f"migrate-{piece}" for piece in PIECES)}
    assert all(job["healthcheck"] == {"disable": True} for job in JOBS.values())


def test_no_secret_has_a_default() -> None:
    secrets = [(name, rest) for name, rest in variables(COMPOSE_TEXT) if SECRET.search(name)]
    assert len({name for name, _ in secrets}) == 8
    assert [name for name, rest in secrets if not rest.startswith(":?")] == []


@each(SERVICES)
def test_no_secret_is_written_down(service: dict[str, Any]) -> None:
    environment: dict[str, str] = service.get("environment", {})
    assert [name for name, value in environment.items() if SECRET.search(name) and "${" not in str(value)] == []
    addresses = [str(value) for name, value in environment.items() if name.endswith("_URL") and "@" in str(value)]
    assert [address for address in addresses if not re.search(r"://\w+:\$\{\w+:\?[^}]+\}@", address)] == []


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_starts_after_its_migrations_and_these_after_its_database(piece: str) -> None:
    done, well = {"condition": "service_completed_successfully"}, {"condition": "service_healthy"}
    assert SERVICES[piece]["depends_on"] == {f"migrate-{piece}": done, "nats": well}
    assert SERVICES[f"migrate-{piece}"]["depends_on"] == {"databases": done}
    assert SERVICES[f"migrate-{piece}"]["command"] == ["python", "-m", "kit.migrations", piece]
    assert SERVICES[f"migrate-{piece}"]["image"] == SERVICES[piece]["image"]
    assert SERVICES["databases"]["depends_on"] == {"postgres": well}


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_has_its_own_role_and_database(piece: str) -> None:
    address = SERVICES[piece]["environment"]["TRAMA_DATABASE_URL"]
    assert address.startswith(f"postgresql://{piece}:${{TRAMA_{piece.upper()}_DB_PASSWORD:?")
    assert address.endswith(f"@postgres:5432/{piece}")
    assert SERVICES[f"migrate-{piece}"]["environment"]["TRAMA_DATABASE_URL"] == address
    assert f"TRAMA_{piece.upper()}_DB_PASSWORD" in SERVICES["databases"]["environment"]


def test_profiles_are_the_pieces() -> None:
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {name: [piece] for piece in PIECES for name in (piece, f"migrate-{piece}")}


def test_the_gateway_alone_is_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"gateway": ["${TRAMA_ADDRESS:-127.0.0.1}:${TRAMA_PORT:-8080}:8000"]}


def test_networks_have_no_way_out_but_the_gateways_and_that_of_letters_and_keep_it_from_the_databases() -> None:
    ways_out = {name for name, network in COMPOSE["networks"].items() if not (network or {}).get("internal")}
    leaving = {name: ways_out & set(service["networks"]) for name, service in SERVICES.items()}
    assert {name: ways for name, ways in leaving.items() if ways} == {"gateway": {"outside"}, "members": {"world"}}
    assert not set(SERVICES["gateway"]["networks"]) & set(SERVICES["postgres"]["networks"])


def test_data_are_kept_in_named_volumes() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == COMPOSE["volumes"].keys() == {"postgres", "nats", "photos"}


def test_the_broker_syncs_before_it_acknowledges() -> None:
    assert "COPY --chmod=0444 deploy/nats/nats.conf" in DOCKERFILE
    configuration = (DEPLOY / "nats" / "nats.conf").read_text()
    assert re.search(r"^\s*sync_interval: always$", configuration, re.MULTILINE)
    assert configuration == (ROOT / "commons/embedded/src/embedded/nats.conf").read_text()


def test_images_come_from_wherever_the_engine_gets_them() -> None:
    assert not DOCKERFILE.startswith("# syntax")
    stages = set(re.findall(r" AS ([\w-]+)$", DOCKERFILE, re.MULTILINE))
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) - stages - {"scratch", "${SERVICE}-source"}
    images = bases | {service["image"] for service in SERVICES.values() if not service["image"].startswith("trama-")}
    assert images == {"python:3.13-slim-bookworm", "postgres:17-alpine", "nats:2.15-alpine"}


def test_an_image_starts_its_piece_without_a_shell() -> None:
    for instruction in ("CMD", "HEALTHCHECK"):
        written = PIECE_STAGE.split(f"\n{instruction} ")[1].split("\n\n")[0]
        command = yaml.safe_load(re.findall(r"\[.*\]", written)[0])
        assert len(command) > 1, f"{instruction} is a command line for a shell"
    assert "uvicorn" in PIECE_STAGE
    assert "--factory" in PIECE_STAGE


def test_requirements_are_installed_by_their_hashes_before_the_code_is_there() -> None:
    installs = [
        line for line in re.sub(r"\\\n", " ", DOCKERFILE).splitlines() if " install " in line or " sync " in line
    ]
    from_index = [line for line in installs if "--no-deps" not in line]
    assert len(from_index) == 2
    assert all("--require-hashes" in shlex.split(line) for line in from_index)
    assert DOCKERFILE.index("--require-hashes requirements.txt") < DOCKERFILE.index("COPY commons/")


def test_no_secret_gets_into_an_image() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [rule for rule in rules if rule and not rule.startswith("#")]
    assert kept[0] == "*"
    assert not [rule for rule in kept if rule.startswith("!") and re.search(r"secret|\.env|^!deploy$", rule)]
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
