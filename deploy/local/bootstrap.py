"""Make what `make` needs on a machine that has Python and little else: uv, a Python that is new enough, packages.

    python3 bootstrap.py install local .tools/run    # requirements/local.txt and the workspace's packages
    python3 bootstrap.py uv pip compile …            # any uv command

Runs under any Python from 3.8 on and imports nothing but the standard library. It names no package index: pip's and
uv's own settings say which one to use, and without any they know theirs.
"""

import configparser
import glob
import hashlib
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools"
OWN_UV = TOOLS / "uv" / "bin" / "uv"
UV_PIN = ROOT / "requirements" / "uv.txt"
OLDEST_UV = (0, 8)
OLDEST_PYTHON = (3, 12)
PREFERRED_PYTHON = (3, 13)  # what the tests run on
SERVICES = ("members", "catalog", "orders", "directory")
GROUND = ["commons/contracts", "commons/kit"]
WHOLE = [*GROUND, "commons/embedded", *(f"services/{name}" for name in SERVICES), "gateway", "demo", "deploy/local"]
# The workspace's packages that belong to each file of requirements/; a service gets no other service.
PACKAGES = {
    "local": WHOLE,
    "dev": WHOLE,
    "gateway": [*GROUND, "gateway"],
    **{name: [*GROUND, f"services/{name}"] for name in SERVICES},
}

HELP = """Trama needs the installer `uv` and found no way to get it. One of these helps:
  - install uv from your system's packages or by `pipx install uv`;
  - give your Python its pip: on Debian and Ubuntu `sudo apt install python3-venv`, on Fedora `sudo dnf install python3-pip`;
  - say where a package index is: `make run PIP_INDEX_URL=…`."""


class CannotError(Exception):
    """Something is missing on this machine; the message says what to do."""


def say(text: str) -> None:
    """Tell how far we are, on the error stream, so that `bootstrap.py uv` can be used in pipes."""
    print(f"  {text}", file=sys.stderr, flush=True)


# uv


def find_uv() -> str:
    """Give a uv that is new enough, installed into .tools/ if the machine has none."""
    for found in (shutil.which("uv"), str(OWN_UV)):
        if found and _uv_version(found) >= OLDEST_UV:
            return found
    say("installing uv into .tools/")
    TOOLS.mkdir(exist_ok=True)
    for way in (_by_venv, _by_own_pip, _by_pip_of_the_index, _by_pip_of_debian):
        shutil.rmtree(TOOLS / "uv", ignore_errors=True)
        if way() and _uv_version(str(OWN_UV)) >= OLDEST_UV:
            return str(OWN_UV)
    raise CannotError(HELP)


def _uv_version(uv: str) -> "tuple[int, ...]":
    said = _output([uv, "--version"])
    found = re.search(r"(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else ()


def _by_venv() -> bool:
    made = _works([sys.executable, "-m", "venv", str(TOOLS / "uv")])
    return made and _install_uv([str(TOOLS / "uv" / "bin" / "python"), "-m", "pip"], into_itself=True)


def _by_own_pip() -> bool:
    return _install_uv([sys.executable, "-m", "pip"])


def _by_pip_of_the_index() -> bool:
    """Fetch pip itself, one wheel for every machine, from the index that is configured, and let it do the rest."""
    index = configured_index()
    if not index:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            pip = _fetch_pip(index, Path(folder))
        except (OSError, ValueError) as error:
            say(f"no pip from the configured index: {error}")
            return False
        return _install_uv([sys.executable, str(pip / "pip")])


def _by_pip_of_debian() -> bool:
    """Debian and Ubuntu keep pip apart from Python: fetch its package, without installing it and without root."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    with tempfile.TemporaryDirectory() as folder:
        fetched = ["apt-get", "-qq", "download", "python3-pip-whl"]
        if not _works(fetched, cwd=folder):
            lists = ["-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"]
            Path(folder, "lists", "partial").mkdir(parents=True)
            Path(folder, "cache", "archives", "partial").mkdir(parents=True)
            _output(["apt-get", "-qq", *lists, "update"], cwd=folder)
            _output(["apt-get", "-qq", *lists, "download", "python3-pip-whl"], cwd=folder)
        for package in glob.glob(f"{folder}/*.deb"):
            _output(["dpkg-deb", "-x", package, folder])
        wheels = glob.glob(f"{folder}/usr/share/python-wheels/pip-*.whl")
        return bool(wheels) and _install_uv([sys.executable, f"{wheels[0]}/pip"])


def _install_uv(pip: "list[str]", into_itself: bool = False) -> bool:
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(UV_PIN)]
    if not into_itself:
        command += ["--target", str(TOOLS / "uv")]
    return _works(command)


def _fetch_pip(index: str, folder: Path) -> Path:
    page_address = index.rstrip("/") + "/pip/"
    page = _get(page_address).decode()
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', page)]
    wheels = [link for link in links if re.search(r"/pip-[\d.]+-py3-none-any\.whl(#|$)", "/" + link)]
    if not wheels:
        raise ValueError("it has no wheel of pip")
    newest = max(wheels, key=_version_in_link)
    content = _get(urllib.parse.urljoin(page_address, newest))
    expected = re.search(r"#sha256=([0-9a-f]{64})", newest)
    if expected and hashlib.sha256(content).hexdigest() != expected.group(1):
        raise ValueError("the wheel of pip is not what the index says")
    wheel = folder / "pip.whl"
    wheel.write_bytes(content)
    return wheel


def _get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - the index is the operator's choice
        return bytes(answer.read())


def _version_in_link(link: str) -> "list[int]":
    found = re.search(r"pip-([\d.]+)-py3", link)
    return [int(part) for part in found.group(1).split(".") if part] if found else []


def configured_index() -> str:
    """Give the index that uv's or pip's settings name, or nothing."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    home = Path.home()
    named = os.environ.get("PIP_CONFIG_FILE")
    files = [
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        home / ".config/pip/pip.conf",
        *([Path(named)] if named else []),
    ]
    settings = configparser.ConfigParser(strict=False, interpolation=None)
    settings.read([file for file in files if os.access(file, os.R_OK)])
    return settings.get("global", "index-url", fallback="")


# Python and packages


def find_python() -> str:
    """Give a Python that is new enough: the one asked for by $PYTHON, one on PATH, pyenv's; else what uv fetches."""
    asked = os.environ.get("PYTHON")
    if asked:
        return asked
    names = ["python3.13", "python3.12", "python3.14", "python3", "python"]
    found = [shutil.which(name) for name in names]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found += sorted(glob.glob(str(pyenv / "versions" / "3.*" / "bin" / "python3")), reverse=True)
    fitting: dict[tuple[int, ...], str] = {}
    for python in dict.fromkeys(path for path in found if path):
        version = _python_version(python)
        if version >= OLDEST_PYTHON:
            fitting.setdefault(version, python)
    if not fitting:
        return ".".join(str(part) for part in PREFERRED_PYTHON)
    return fitting.get(PREFERRED_PYTHON) or fitting[max(fitting)]


def _python_version(python: str) -> "tuple[int, ...]":
    said = _output([python, "-c", "import sys, ssl; print(sys.version_info[0], sys.version_info[1])"])
    return tuple(int(part) for part in said.split())


def install(which: str, target: Path) -> None:
    """Make the virtual environment ``target`` hold exactly requirements/<which>.txt and the workspace's packages."""
    uv = find_uv()
    python = target / "bin" / "python"
    if _python_version(str(python)) < OLDEST_PYTHON:
        say(f"making the virtual environment {os.path.relpath(target, ROOT)}")
        chosen = find_python()
        if not os.path.isabs(chosen):
            say(f"no Python from {'.'.join(map(str, OLDEST_PYTHON))} on was found; uv fetches {chosen}")
        _run([uv, "venv", "--quiet", "--clear", "--python", chosen, str(target)])
    say(f"installing packages (requirements/{which}.txt)")
    pip = [uv, "pip"]
    options = ["--quiet", "--python", str(python)]
    _run([*pip, "sync", *options, "--require-hashes", str(ROOT / "requirements" / f"{which}.txt")])
    packages = [part for folder in PACKAGES[which] for part in ("-e", str(ROOT / folder))]
    _run([*pip, "install", *options, "--no-deps", *packages])


def _run(command: "list[str]") -> None:
    done = subprocess.run(command, env=_environment(), check=False)
    if done.returncode != 0:
        raise CannotError(f"`{' '.join(command[:4])} …` failed; its message is above")


def _environment() -> "dict[str, str]":
    """Hand on to uv what it reads under other names than pip does."""
    environment = dict(os.environ)
    index = configured_index()
    if index and not environment.get("UV_INDEX_URL"):
        environment.setdefault("UV_DEFAULT_INDEX", index)
    certificates = environment.get("PIP_CERT")
    if certificates:
        environment.setdefault("SSL_CERT_FILE", certificates)
    environment.pop("VIRTUAL_ENV", None)
    return environment


def _works(command: "list[str]", cwd: "str | None" = None) -> bool:
    return _result(command, cwd) is not None


def _output(command: "list[str]", cwd: "str | None" = None) -> str:
    return _result(command, cwd) or ""


def _result(command: "list[str]", cwd: "str | None") -> "str | None":
    """Give what a command prints, or None if it fails or is not there."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=_environment())
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def main(arguments: "list[str]") -> int:
    """Run one of the two commands; see the module's text."""
    try:
        if arguments[:1] == ["uv"]:
            uv = find_uv()
            return subprocess.run([uv, *arguments[1:]], env=_environment(), check=False).returncode
        _, which, target = arguments
        install(which, (ROOT / target).absolute())
    except CannotError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
