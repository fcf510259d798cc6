"""deploy/new-secrets and deploy/compose, without an engine."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.compose.recipe import COMPOSE_TEXT, DEPLOY, variables


def run(command: list[str | Path], **environment: str) -> subprocess.CompletedProcess[str]:
    cleaned = {
        name: value for name, value in os.environ.items() if not name.startswith(("TRAMA_", "COMPOSE_", "NETWORK"))
    }
    return subprocess.run(command, capture_output=True, text=True, check=False, env=cleaned | environment)


def settings_in(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """An environment in which docker says what it was told instead of doing it."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text('#!/bin/sh\necho "$TRAMA_NETWORK|$COMPOSE_PROFILES|$TRAMA_PIECES|$*"\n')
    docker.chmod(0o755)
    return {"PATH": f"{docker.parent}:{os.environ['PATH']}"}


def test_new_secrets_makes_all_that_compose_asks_for(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "secrets.env"
    made = run([DEPLOY / "new-secrets", "leon", file])
    assert made.returncode == 0, made.stderr
    asked = {name for name, rest in variables(COMPOSE_TEXT) if "new-secrets" in rest}
    settings = settings_in(file)
    assert settings.keys() == asked
    passwords = [value for name, value in settings.items() if name.endswith("PASSWORD")]
    assert len(set(passwords)) == len(passwords)
    assert all(len(password) == 48 and password.isalnum() for password in passwords)
    assert not set(passwords) & set(made.stdout.split())


def test_secrets_are_for_their_owners_eyes(tmp_path: Path) -> None:
    run([DEPLOY / "new-secrets", "leon", tmp_path / "secrets.env"])
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_new_secrets_never_replaces_those_that_are_there(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    run([DEPLOY / "new-secrets", "leon", file])
    before = file.read_bytes()
    again = run([DEPLOY / "new-secrets", "leon", file])
    assert (again.returncode, file.read_bytes()) == (1, before)
    assert "there already" in again.stderr


def test_the_networks_file_says_which_pieces_run(told: dict[str, str]) -> None:
    asked = run([DEPLOY / "compose", "up", "--wait"], NETWORK="leon", **told).stdout
    network, profiles, pieces, arguments = asked.strip().split("|")
    assert (network, profiles, pieces) == ("leon", "members,directory", "members,directory")
    assert arguments.startswith("compose --file ")
    assert arguments.endswith(" up --wait")


def test_pieces_can_be_chosen_for_one_run(told: dict[str, str]) -> None:
    asked = run([DEPLOY / "compose", "ps"], TRAMA_PIECES="members", **told).stdout
    assert asked.split("|")[:3] == ["queretaro", "members", "members"]


def test_photos_in_a_bucket_add_the_way_to_it_and_its_keys(told: dict[str, str]) -> None:
    recipe = f"--file {DEPLOY / 'photos-s3.yml'}"
    assert recipe not in run([DEPLOY / "compose", "ps"], **told).stdout
    assert recipe in run([DEPLOY / "compose", "ps"], TRAMA_PHOTOS="s3://coope/photos", **told).stdout


def test_passwords_can_be_kept_elsewhere(told: dict[str, str], tmp_path: Path) -> None:
    elsewhere = tmp_path / "secrets.env"
    elsewhere.touch()
    assert f"--env-file {elsewhere} ps" in run([DEPLOY / "compose", "ps"], TRAMA_SECRETS=str(elsewhere), **told).stdout


def test_an_unknown_network_is_refused_with_those_that_there_are(told: dict[str, str]) -> None:
    refused = run([DEPLOY / "compose", "up"], NETWORK="nowhere", **told)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "leon queretaro quito sigchos" in refused.stderr
