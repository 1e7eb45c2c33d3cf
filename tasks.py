"""Everything a developer or a first user does: `python3 tasks.py TASK`. Standard library only.

Runs on any Python 3.8 or later, because its first duty is to find one that Amity can use.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
STAMP = VENV / "amity-setup.json"
VENDOR = ROOT / "amity" / "engines" / "web" / "static" / "vendor"
OLDEST, NEWEST = (3, 11), (3, 15)
PACKAGE_FILES = ("pyproject.toml", "requirements.in", "requirements.lock", "requirements-dev.lock")
ASSET_FILES = ("package-lock.json", "build.mjs", "amity/engines/web/icons.txt")
DRILL_ROUNDS = "200"


class Stop(Exception):
    """A reason to end that a person can act on; printed without a traceback."""


def say(text: str) -> None:
    print(f"· {text}", file=sys.stderr, flush=True)


def run(*command: object, **options: object) -> None:
    """Run a program in the project folder. Raises Stop with its exit code when it fails."""
    words = [str(word) for word in command]
    code = subprocess.run(words, cwd=ROOT, **options).returncode  # type: ignore[call-overload]
    if code:
        raise Stop(f"{Path(words[0]).name} {' '.join(words[1:4])} ended with code {code}.")


def become(*command: object) -> int:
    """Hand the terminal and its signals over to `command`; returns only on Windows."""
    words = [str(word) for word in command]
    if os.name != "nt":
        os.chdir(ROOT)
        sys.stdout.flush()
        os.execvp(words[0], words)
    return subprocess.run(words, cwd=ROOT).returncode


def digest(names: tuple[str, ...]) -> str:
    """Fingerprint of files; a missing one counts as empty."""
    total = hashlib.sha256()
    for name in names:
        path = ROOT / name
        total.update(path.read_bytes() if path.exists() else b"")
        total.update(b"\0")
    return total.hexdigest()


def stamp() -> dict[str, object]:
    """What the last set-up finished; empty when there was none or it cannot be read."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def mark(**done: object) -> None:
    STAMP.write_text(json.dumps({**stamp(), **done}), encoding="utf-8")


# Python and packages ----------------------------------------------------------------------------


def newer_python(minor: int) -> str:
    """Path of Python 3.`minor` when this machine has it: on PATH, or known to the Windows launcher."""
    found = shutil.which(f"python3.{minor}")
    if found or not shutil.which("py"):
        return found or ""
    ask = ["py", f"-3.{minor}", "-c", "import sys; print(sys.executable)"]
    return subprocess.run(ask, capture_output=True, text=True).stdout.strip()


def find_python() -> str:
    """A Python that is new enough: the running one, else the newest that is found."""
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = newer_python(minor)
        if found:
            return found
    raise Stop("Amity needs Python 3.11 or later. On Debian and Ubuntu: apt install python3 python3-venv")


def make_venv() -> None:
    """A fresh `.venv`, with uv where it is installed (it may bring a Python of its own)."""
    say("making .venv")
    if shutil.which("uv"):
        wanted = sys.executable if sys.version_info[:2] >= OLDEST else ">=3.11"
        return run("uv", "venv", "--quiet", "--clear", "--python", wanted, VENV)
    python = find_python()
    if subprocess.run([python, "-c", "import ensurepip"], capture_output=True).returncode:
        raise Stop("This Python cannot make a .venv. On Debian and Ubuntu: apt install python3-venv")
    return run(python, "-m", "venv", "--clear", VENV)


def install(*arguments: object) -> None:
    """pip or uv, whichever there is, into `.venv`; packages of a lock file only with matching hashes."""
    python = BIN / f"python{EXE}"
    if shutil.which("uv"):
        return run("uv", "pip", "install", "--quiet", "--python", python, "--no-deps", *arguments)
    quiet = ("--quiet", "--disable-pip-version-check")
    return run(python, "-m", "pip", "install", *quiet, "--no-deps", *arguments)


def packages(dev: bool) -> None:
    """Locked packages and Amity itself, editable. Does nothing when the locks have not changed."""
    wanted, done = digest(PACKAGE_FILES), stamp()
    if done.get("packages") == wanted and (done.get("dev") or not dev) and (BIN / f"amity{EXE}").exists():
        return
    if not (BIN / f"python{EXE}").exists():
        make_venv()
    lock = "requirements-dev.lock" if dev or done.get("dev") else "requirements.lock"
    say(f"installing the packages of {lock}")
    install("--require-hashes", "-r", lock)
    install("--no-build-isolation", "-e", ".")
    mark(packages=wanted, dev=lock == "requirements-dev.lock")


# Browser files ----------------------------------------------------------------------------------


def node_tools() -> tuple[str, str]:
    """Paths of node and npm: the machine's, else those of a Python package put into `.venv`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        say("no Node.js on this machine; installing one into .venv")
        install("--require-hashes", "-r", "requirements-node.lock")
        node, npm = shutil.which("node", path=str(BIN)), shutil.which("npm", path=str(BIN))
    if not (node and npm):
        raise Stop("Node.js could not be installed.")
    return node, npm


def assets(dev: bool, force: bool = False) -> None:
    """Browser files of others, built into an ignored folder. Their absence costs comfort, not function,
    so a failure is one line for a user and an end only where `CI` is set or the task was asked for."""
    wanted, done = digest(ASSET_FILES), stamp()
    fresh = done.get("assets") == wanted and (done.get("assets_dev") or not dev)
    if fresh and not force and (VENDOR / "htmx.min.js").exists():
        return
    say("building browser files")
    try:
        node, npm = node_tools()
        path = os.pathsep.join((str(Path(node).parent), str(BIN), os.environ.get("PATH", "")))
        environment = {**os.environ, "PATH": path}
        extra = () if dev else ("--omit=dev",)
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", *extra, env=environment)
        run(node, "build.mjs", env=environment)
    except Stop as reason:
        if force or os.environ.get("CI"):
            raise
        say(f"browser files are not built ({reason}) Amity works without them, plainer. Later: make assets")
        return
    mark(assets=wanted, assets_dev=dev)


# Translations -----------------------------------------------------------------------------------


def catalogues() -> None:
    """Compile translations whose text is newer than their compiled file."""
    stale = [
        text
        for text in (ROOT / "amity").rglob("locale/*/LC_MESSAGES/django.po")
        if not text.with_suffix(".mo").exists()
        or text.with_suffix(".mo").stat().st_mtime < text.stat().st_mtime
    ]
    if stale:
        say(f"compiling {len(stale)} translation files")
        run(BIN / f"python{EXE}", "-m", "checks.messages", "compile")


# Tasks ------------------------------------------------------------------------------------------


def setup(arguments: list[str], dev: bool = False) -> int:
    """Make everything ready: `.venv`, packages, browser files, translations. Quick when nothing changed."""
    skip_assets = "--no-assets" in arguments
    if skip_assets:
        arguments.remove("--no-assets")
    packages(dev)
    if not skip_assets:
        assets(dev)
    catalogues()
    return 0


def start(arguments: list[str]) -> int:
    """Set up, then start Amity on the data in AMITY_HOME (var/)."""
    setup(arguments)
    return become(BIN / f"amity{EXE}", "start", *arguments)


def demo(arguments: list[str]) -> int:
    """Set up, then start Amity with example data in its own folder (var/demo/)."""
    setup(arguments)
    os.environ.setdefault("AMITY_HOME", str(ROOT / "var" / "demo"))
    return become(BIN / f"amity{EXE}", "demo", *arguments)


def test(arguments: list[str]) -> int:
    """Run the test suite on the database of DATABASE_URL (SQLite by default); arguments go to pytest."""
    setup(arguments, dev=True)
    return become(BIN / f"python{EXE}", "-m", "pytest", "-n", "2", *arguments)


def drill(arguments: list[str]) -> int:
    """Run the fault drills (killed processes, full disks) for 200 rounds instead of the suite's five."""
    setup(arguments, dev=True)
    os.environ.setdefault("DRILL_ROUNDS", DRILL_ROUNDS)
    return become(BIN / f"python{EXE}", "-m", "pytest", "-m", "drill", *arguments)


def check(arguments: list[str]) -> int:
    """Style, types, import rules, sizes, translations, forbidden words; names of checks may follow."""
    setup(arguments, dev=True)
    return become(BIN / f"python{EXE}", "-m", "checks", *arguments)


def bench(arguments: list[str]) -> int:
    """Print our figures beside the database's own for the same work."""
    setup(arguments, dev=True)
    return become(BIN / f"python{EXE}", "-m", "benchmarks", *arguments)


def build_assets(arguments: list[str]) -> int:
    """Build the browser files again, with those that tests need."""
    packages(dev=False)
    assets(dev=True, force=True)
    return 0


def pictures(arguments: list[str]) -> int:
    """Take the pictures of docs/pictures/ anew from the example firm; needs Chromium."""
    setup(arguments, dev=True)
    return become(BIN / f"python{EXE}", "-m", "amity.tests.browser.pictures")


def messages(arguments: list[str]) -> int:
    """Bring the translation files up to date with the code; arguments are languages to begin."""
    packages(dev=True)
    run(BIN / f"python{EXE}", "-m", "checks.messages", "update", *arguments)
    return 0


def lock(arguments: list[str]) -> int:
    """Write the lock files anew from pyproject.toml and package.json; `--upgrade` takes newer versions."""
    if not shutil.which("uv"):
        raise Stop("Locking needs uv (pip install uv).")
    compile_lock("requirements.lock", arguments)
    compile_lock("requirements-dev.lock", [*arguments, "--extra", "dev", "--constraint", "requirements.lock"])
    compile_lock("requirements-node.lock", arguments, source="requirements-node.in")
    _node, npm = node_tools()
    run(npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    return 0


def compile_lock(target: str, extra: list[str], source: str = "pyproject.toml") -> None:
    """One lock for every platform. uv's settings and indexes of this machine are left out, so that the
    hashes are those everybody gets and no address or path of this machine stands in the file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_"))}
    sources = [source] if source != "pyproject.toml" else [source, "requirements.in"]
    options = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate")
    quiet = ("--no-config", "--no-emit-index-url", "--no-emit-find-links", "--quiet")
    run("uv", "pip", "compile", *options, *quiet, *sources, "-o", target, *extra, env=environment)


TASKS = {
    "setup": setup, "start": start, "demo": demo, "test": test, "check": check, "bench": bench,
    "drill": drill, "assets": build_assets, "messages": messages, "lock": lock,
    "pictures": pictures,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in TASKS:
        for name, task in TASKS.items():
            print(f"{name:10}{(task.__doc__ or '').splitlines()[0]}")
        return 0 if not arguments else 2
    try:
        return TASKS[arguments[0]](arguments[1:])
    except Stop as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
