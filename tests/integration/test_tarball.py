# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users get: the tarball, its files, and an audit from where nothing but it is installed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
# What ansible-galaxy adds itself, and what stands at the top.
TOP = {"MANIFEST.json", "FILES.json", "README.md", "LICENSE", "CHANGELOG.md", "CODE_OF_CONDUCT.md"}
TOP |= {"CONTRIBUTING.md", "SECURITY.md"}
FOLDERS = {
    "changelogs": {".yaml"},
    "docs": {".md", ".json", ".png", ".yml"},
    "meta": {".yml", ".txt"},
    "playbooks": {".yml"},
    "plugins": {".py"},
    "roles": {".yml", ".json", ".md"},
}


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tarball")
    run("ansible-galaxy", "collection", "build", "--output-path", str(place), str(ROOT), cwd=place)
    (built,) = place.glob("seawall-docker-*.tar.gz")
    return built


def run(program: str, *arguments: str, cwd: Path, collections: Path | None = None, programs: Path = PROGRAMS) -> str:
    """Runs a program of an environment without the checkout on any of Ansible's paths."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    surroundings.update(ANSIBLE_COLLECTIONS_PATH=str(collections or cwd), HOME=str(cwd), ANSIBLE_NOCOLOR="1")
    done = subprocess.run(
        [str(programs / program), *arguments], cwd=cwd, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_tarball_holds_what_belongs_in_it_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        files = [Path(member.name) for member in archive if member.isfile()]
        odd = [member.name for member in archive if not (member.isfile() or member.isdir())]
    strange = [
        str(path)
        for path in files
        if str(path) not in TOP and path.suffix not in FOLDERS.get(path.parts[0] if len(path.parts) > 1 else "", set())
    ]
    assert (strange, odd) == ([], [])
    assert [str(path) for path in files if path.parts[:2] == ("docs", "docsite")] == []
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True, check=True).stdout
    known = set(tracked.splitlines())
    assert [str(path) for path in files if str(path) not in known | {"MANIFEST.json", "FILES.json"}] == []
    wanted = {name for name in known if name.startswith(("plugins/", "playbooks/", "roles/", "meta/"))}
    assert sorted(wanted - {str(path) for path in files}) == []


def audit(work: Path, collections: Path, programs: Path = PROGRAMS) -> None:
    """Audits the recorded host that ships with the collection."""
    variables = {
        "ansible_python_interpreter": sys.executable,
        "audit_posture_file": "embedded",
        "audit_report_directory": str(work / "reports"),
    }
    where = ["--inventory=localhost,", "--connection=local", "--extra-vars", json.dumps(variables)]
    run("ansible-playbook", *where, "seawall.docker.audit", cwd=work, collections=collections, programs=programs)
    document = json.loads((work / "reports" / "hosts" / "localhost.json").read_text(encoding="utf-8"))
    assert len(document["findings"]) == 118
    assert (work / "reports" / "index.html").is_file()


def install(tarball: Path, work: Path) -> Path:
    place = work / "collections"
    run("ansible-galaxy", "collection", "install", "--offline", "-p", str(place), str(tarball), cwd=work)
    return place


def test_an_audit_runs_from_where_nothing_but_the_tarball_is_installed(tarball: Path, tmp_path: Path) -> None:
    audit(tmp_path, install(tarball, tmp_path))


def test_what_an_execution_environment_is_told_to_install_is_enough(tarball: Path, tmp_path: Path) -> None:
    collections = install(tarball, tmp_path)
    needed = yaml.safe_load(run("ansible-builder", "introspect", str(collections), cwd=tmp_path))
    assert needed["system"] == []
    names = [entry.split("#")[0].strip() for entry in needed["python"]]
    core = f"ansible-core=={importlib.metadata.version('ansible-core')}"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "environment")], check=True)
    programs = tmp_path / "environment" / "bin"
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([str(programs / "python"), *pip, core, *names], check=True)
    audit(tmp_path, collections, programs)


def test_the_example_of_an_execution_environment_makes_a_build_context(tarball: Path, tmp_path: Path) -> None:
    example = (ROOT / "docs" / "examples" / "execution-environment.yml").read_text(encoding="utf-8")
    (tmp_path / "execution-environment.yml").write_text(example, encoding="utf-8")
    (tmp_path / tarball.name).write_bytes(tarball.read_bytes())
    run("ansible-builder", "create", "--file", "execution-environment.yml", cwd=tmp_path)
    built = tmp_path / "context" / "_build"
    assert (built / tarball.name).read_bytes() == tarball.read_bytes()
    (collection,) = yaml.safe_load((built / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert collection["name"] == tarball.name
    recipe = (tmp_path / "context" / "Dockerfile").read_text(encoding="utf-8")
    assert yaml.safe_load(example)["images"]["base_image"]["name"] in recipe
    assert "ansible-galaxy collection install" in recipe
    # Debian's package manager, and no ensurepip, which Debian does not have.
    assert 'ARG PKGMGR="/usr/bin/apt-get"' in recipe and "/output/scripts/pip_install" not in recipe
    assert recipe.index("apt-get install --yes") < recipe.index("-m pip install")
