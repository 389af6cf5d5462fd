"""./scripts/invoke on a machine with only a stock python3: made once, by one of many, whole or not at all.

Python itself is played by a script that notes what it was asked, so that nothing is downloaded here; the
real thing is
how this very test run began.
"""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLAYED_PYTHON = """#!/bin/sh
# Plays python3: the real one for `-c`, a notebook for everything else.
case "$1 ${2:-}" in
    "-c import ensurepip") exit ${PLAYED_NO_ENSUREPIP:-0} ;;
    "-c "*) exec REAL_PYTHON "$@" ;;
    "--version "*) echo "Python PLAYED"; exit 0 ;;
    "-m virtualenv") [ -z "${PLAYED_NO_VIRTUALENV:-}" ] || exit 1 ;;
    "-m pip") [ -z "${PLAYED_NO_PIP:-}" ] || exit 1 ;;
esac
echo "$*" >> notes
case "$*" in
    "-m venv "* | "-m virtualenv --quiet .venv")
        mkdir -p .venv/bin
        cp "$0" .venv/bin/python ;;
    *--editable*)
        [ -z "${PLAYED_INSTALL_FAILS:-}" ] || exit 1
        printf '#!/bin/sh\\necho "invoke $*"\\n' > .venv/bin/invoke
        chmod +x .venv/bin/invoke ;;
esac
"""


class Checkout:
    """A checkout of nothing but what ./scripts/invoke reads, and a machine whose python3 is played."""

    def __init__(self, place: Path) -> None:
        self.root = place / "a checkout"
        (self.root / "scripts").mkdir(parents=True)
        for name in ("scripts/invoke", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        self.programs = place / "bin"
        self.programs.mkdir()
        self.python = self.programs / "python3"
        self.python.write_text(PLAYED_PYTHON.replace("REAL_PYTHON", f"'{sys.executable}'"))
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start the script from another folder, with an empty home."""
        return subprocess.Popen(
            [self.root / "scripts" / "invoke", *arguments],
            cwd="/",
            env={
                "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
                "HOME": "/nonexistent",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Run the script and return exit code, output and errors."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def installs(self) -> int:
        """Return how often the environment was made."""
        notes = self.root / "notes"
        return notes.read_text().count("--require-hashes") if notes.exists() else 0


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a fresh checkout, in a folder with a space in its name."""
    return Checkout(tmp_path)


PROGRESS = "scripts/invoke: making the environment in .venv, once ...\n"


def test_first_call_makes_the_environment_and_later_ones_use_it(checkout: Checkout) -> None:
    """One line of progress the first time, none after it; arguments arrive whole."""
    assert checkout.call("ci", "--name", "a b") == (0, "invoke ci --name a b\n", PROGRESS)
    assert checkout.call("test") == (0, "invoke test\n", "")
    assert checkout.installs() == 1


def test_packages_are_installed_by_hash_and_the_project_from_here(checkout: Checkout) -> None:
    """Nothing unpinned is fetched, nothing is built from source, the project itself needs no index."""
    checkout.call("test")
    lines = (checkout.root / "notes").read_text().splitlines()
    (packages,) = [line for line in lines if "requirements.lock" in line]
    (project,) = [line for line in lines if "--editable" in line]
    assert {"--require-hashes", "--only-binary=:all:"} <= set(packages.split())
    assert {"--no-index", "--no-deps", "--no-build-isolation"} <= set(project.split())


def test_concurrent_first_calls_make_it_once(checkout: Checkout) -> None:
    """The others wait for the first and then run."""
    calls = [checkout.start("task", str(number)) for number in range(4)]
    answers = [call.communicate(timeout=60) for call in calls]
    assert [answer[0] for answer in answers] == [f"invoke task {number}\n" for number in range(4)]
    assert sorted(answer[1] for answer in answers) == ["", "", "", PROGRESS]
    assert checkout.installs() == 1


def test_failed_install_is_made_again(checkout: Checkout) -> None:
    """What was half made is not taken for an environment."""
    code, out, err = checkout.call("test", PLAYED_INSTALL_FAILS="1")
    assert (code, out) == (1, "")
    assert "mend the cause and call again" in err
    assert checkout.call("test") == (0, "invoke test\n", PROGRESS)


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_changed_requirements_make_it_anew(checkout: Checkout, name: str) -> None:
    """The environment is always the one of the lock beside it."""
    checkout.call("test")
    file = checkout.root / name
    file.write_text("# changed\n" + file.read_text())
    checkout.call("test")
    assert checkout.installs() == 2


def test_changed_tool_settings_keep_the_environment(checkout: Checkout) -> None:
    """A pytest option is no reason to install anything."""
    checkout.call("test")
    file = checkout.root / "pyproject.toml"
    file.write_text(file.read_text() + "# changed\n")
    checkout.call("test")
    assert checkout.installs() == 1


def test_moved_checkout_makes_its_own(checkout: Checkout, tmp_path: Path) -> None:
    """Scripts of an environment name their place, so it does not move with the checkout."""
    checkout.call("test")
    checkout.root = checkout.root.rename(tmp_path / "moved")
    assert checkout.call("test") == (0, "invoke test\n", PROGRESS)


@pytest.mark.parametrize(
    ("machine", "maker"),
    [
        ({"PLAYED_NO_ENSUREPIP": "1"}, "-m pip --python .venv/bin/python install"),
        ({"PLAYED_NO_ENSUREPIP": "1", "PLAYED_NO_PIP": "1"}, "-m virtualenv --quiet .venv"),
    ],
)
def test_machine_without_ensurepip_uses_what_it_has(
    checkout: Checkout, machine: dict[str, str], maker: str
) -> None:
    """Debian leaves ensurepip out; pip or virtualenv do as well."""
    checkout.call("test", **machine)
    assert maker in (checkout.root / "notes").read_text()


def test_machine_with_nothing_is_told_the_package(checkout: Checkout) -> None:
    """One sentence with the name to install, and no environment."""
    code, out, err = checkout.call(
        "test", PLAYED_NO_ENSUREPIP="1", PLAYED_NO_PIP="1", PLAYED_NO_VIRTUALENV="1"
    )
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].endswith("install python3-venv (Debian: apt-get install python3-venv)")
    assert not (checkout.root / ".venv").exists()


def test_old_python_is_one_sentence(checkout: Checkout) -> None:
    """What there is, what is needed, what to do."""
    checkout.python.write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.10.9' && exit 0\nexit 1\n"
    )
    assert checkout.call("test") == (
        1,
        "",
        "scripts/invoke: got Python 3.10.9; expected python3 to be Python 3.11 or newer; install one and "
        "put it first in PATH\n",
    )
