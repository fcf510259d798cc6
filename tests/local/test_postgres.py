import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from embedded import cluster, postgres, programs
from embedded.account import server_account
from embedded.ports import free_port

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about what root does")
QUICK = postgres.THROWAWAY_SETTINGS


def test_data_are_kept_from_one_start_to_the_next(open_folder: Path) -> None:
    with postgres.running(open_folder, settings=QUICK) as server:
        server.execute("CREATE TABLE kept AS SELECT 'ñandú' AS word")
    assert cluster.running_server(open_folder) is None
    with postgres.running(open_folder, settings=QUICK) as server:
        assert server.execute("SELECT word FROM kept") == "ñandú"


def test_what_was_committed_survives_a_kill_and_the_next_start_clears_the_rest(open_folder: Path) -> None:
    server = postgres.start(open_folder)
    server.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    server.kill()
    assert (open_folder / "data" / "postmaster.pid").exists()

    with postgres.running(open_folder, port=server.port) as again:
        assert again.execute("SELECT n FROM kept") == "1"
        assert again.port == server.port


def test_a_lock_file_that_names_an_unrelated_process_does_not_keep_it_from_starting(open_folder: Path) -> None:
    server = postgres.start(open_folder, settings=QUICK)
    server.kill()
    assert cluster.wait_until_gone(open_folder, 20)
    lock = open_folder / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    # The number of the dead server now belongs to somebody of the server's own account.
    unrelated = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **server_account().run_as())
    try:
        lock.write_text("\n".join([str(unrelated.pid), *lines[1:]]) + "\n")
        with postgres.running(open_folder, settings=QUICK) as again:
            assert again.alive()
    finally:
        unrelated.kill()
        unrelated.wait()


def test_two_servers_on_one_folder_are_refused(open_folder: Path) -> None:
    with (
        postgres.running(open_folder, settings=QUICK) as server,
        pytest.raises(postgres.AlreadyRunningError, match=str(server.pid)),
    ):
        postgres.start(open_folder)


def test_a_server_left_by_a_killed_owner_is_stopped(open_folder: Path) -> None:
    server = postgres.start(open_folder, settings=QUICK)
    assert postgres.stop_left_over(open_folder) == server.pid
    assert not server.alive()
    assert postgres.stop_left_over(open_folder) is None


def test_the_wanted_port_is_taken_or_another_if_somebody_listens_there(open_folder: Path) -> None:
    wanted = free_port()
    with (
        socket.create_server(("127.0.0.1", wanted)),
        postgres.running(open_folder, port=wanted, settings=QUICK) as other,
    ):
        assert other.port != wanted
        assert other.execute("SELECT 1") == "1"
    with postgres.running(open_folder, port=wanted, settings=QUICK) as server:
        assert server.port == wanted


def test_a_password_is_asked_for_and_only_the_owner_can_read_it(open_folder: Path) -> None:
    with postgres.running(open_folder, settings=QUICK) as server:
        intruder = postgres.Access(open_folder, server.port, "guessed")
        with pytest.raises(subprocess.CalledProcessError) as refused:
            intruder.execute("SELECT 1")
        assert "password authentication failed" in refused.value.stderr
    assert stat.S_IMODE((open_folder / "password").stat().st_mode) == 0o600
    assert (open_folder / "password").stat().st_uid == os.geteuid()


def test_words_are_ordered_and_folded_alike_on_every_system(open_folder: Path) -> None:
    with postgres.running(open_folder, settings=QUICK) as server:
        about = server.execute(
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale, upper('ñöλ') FROM pg_database LIMIT 1"
        )
    assert about == "UTF8|b|C.UTF-8|ÑÖΛ"


def test_the_server_ends_when_its_owner_is_killed(open_folder: Path) -> None:
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import sys, time, pathlib; from embedded import postgres\n"
                "print(postgres.start(pathlib.Path(sys.argv[1])).pid, flush=True); time.sleep(60)"
            ),
            str(open_folder),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    server = psutil.Process(int(owner.stdout.readline()))
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    assert psutil.wait_procs([server], timeout=20)[1] == []
    assert "fast shutdown" in (open_folder / "postgres.log").read_text()


@as_root
def test_root_has_it_run_by_an_account_without_rights(open_folder: Path) -> None:
    with postgres.running(open_folder, settings=QUICK) as server:
        assert psutil.Process(server.pid).username() == "nobody"


@as_root
def test_a_folder_closed_to_the_servers_account_is_refused_and_not_opened(open_folder: Path) -> None:
    closed = open_folder / "home"
    closed.mkdir(mode=0o700)
    with pytest.raises(postgres.FolderUnreachableError, match="nobody"):
        postgres.start(closed / "data")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_programs_in_a_closed_folder_are_copied_once_to_where_they_can_be_run(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = programs.postgres_programs().parent.parent
    closed = open_folder / "home"
    closed.mkdir(mode=0o700)
    shutil.copytree(package, closed / package.name, symlinks=True)
    shutil.copytree(package.with_name(package.name + ".libs"), closed / (package.name + ".libs"), symlinks=True)
    monkeypatch.setattr(programs, "postgres_programs", lambda: closed / package.name / "pginstall" / "bin")

    copied = programs.postgres_programs_for(server_account(), open_folder)

    assert copied.is_relative_to(open_folder)
    assert not copied.is_relative_to(closed)
    said = subprocess.run(
        [copied / "initdb", "--version"], capture_output=True, cwd="/", check=True, **server_account().run_as()
    )
    assert b"PostgreSQL" in said.stdout
    copied_at = copied.stat().st_ctime_ns
    assert programs.postgres_programs_for(server_account(), open_folder).stat().st_ctime_ns == copied_at


AS_NOBODY = """
import csv, encodings.idna, os, sys, pwd  # ours before we become nobody, who may not read root's Python
from embedded import nats, postgres
nobody = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
with postgres.throwaway() as server, nats.throwaway() as broker:
    print(os.geteuid(), server.execute("SELECT current_user"), broker.alive())
"""


@as_root
def test_an_ordinary_user_can_run_both_servers() -> None:
    if not server_account().can_enter(programs.nats_program().parent):
        pytest.skip("the environment lies in a folder that only root may enter")
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], cwd="/tmp", capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["65534", "trama", "True"], done.stderr
