import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local import place
from local.place import PlaceError, place_of


def test_a_network_that_runs_is_not_started_twice_and_it_is_said_where_it_runs(open_folder: Path) -> None:
    first = place_of("queretaro", base=open_folder)
    second = place_of("queretaro", base=open_folder)
    with first.locked():
        first.note_running({"process": 4242, "gateway": "http://127.0.0.1:8083"})
        assert second.running()["process"] == 4242
        with (
            pytest.raises(PlaceError, match=r"queretaro runs already .* process 4242, at http://127.0.0.1:8083"),
            second.locked(),
        ):
            pass
    assert second.running() == {}
    with second.locked():
        pass


def test_another_network_and_another_checkout_can_run_beside_it(open_folder: Path) -> None:
    with (
        place_of("queretaro", base=open_folder / "one").locked(),
        place_of("leon", base=open_folder / "one").locked(),
        place_of("queretaro", base=open_folder / "two").locked(),
    ):
        pass


def test_the_lock_of_a_killed_owner_does_not_keep_the_next_one_out(open_folder: Path) -> None:
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import sys, time; from pathlib import Path; from local.place import place_of\n"
                "with place_of('queretaro', base=Path(sys.argv[1])).locked():\n    print('mine', flush=True); time.sleep(60)"
            ),
            str(open_folder),
        ],
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    owner.stdout.readline()
    mine = place_of("queretaro", base=open_folder)
    assert mine.is_locked()
    owner.kill()
    owner.communicate()
    with mine.locked():
        assert mine.is_locked()


def test_a_secret_stays_the_same_and_only_the_owner_can_read_it(open_folder: Path) -> None:
    mine = place_of("queretaro", base=open_folder)
    assert mine.secret("admin") == place_of("queretaro", base=open_folder).secret("admin")
    assert mine.secret("admin") != mine.secret("database-members")
    assert stat.S_IMODE((mine.folder / "secrets.json").stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="about what root does")
def test_roots_database_lies_elsewhere_if_its_account_may_not_enter_the_checkout(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "ELSEWHERE", open_folder / "var")
    closed = open_folder / "root"
    closed.mkdir(mode=0o700)
    in_one, in_two = (place_of("queretaro", base=closed / name / "trama" / ".trama") for name in ("one", "two"))
    assert in_one.folder.is_relative_to(closed)
    assert in_one.postgres.is_relative_to(
        open_folder / "var" / in_one.postgres.relative_to(open_folder / "var").parts[0]
    )
    assert in_one.postgres != in_two.postgres
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
