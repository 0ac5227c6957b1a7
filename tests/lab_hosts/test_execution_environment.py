# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit in an execution environment, as AWX and ansible-runner run it: the example of the documentation is built, and its
audit of a host is that of this machine's Ansible."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from seawall_lab import docker

from ansible_collections.seawall.docker.tests.support import debian_base
from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, bare_environment
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "execution-environment.yml"
IMAGE = "seawall-audit-ee:test"
# Under another name than the one that it stands for, which the machine's own engine may have.
BASE = "seawall-debian:test"
SECRET = "geheim-4711"


@pytest.fixture(scope="module")
def host(lab: LabHosts) -> LabHost:
    """It also starts the lab's engine, which builds the image."""
    (host,) = lab.get("trixie")
    host.container("seen", "--privileged", "--env", f"PASSWORD={SECRET}")
    return host


def run(program: str, *arguments: str, cwd: Path, timeout: float = 1200) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in bare_environment(cwd).items() if name not in ("PYTHONPATH", "DOCKER_HOST")
    }
    words = [str(BIN / program), *arguments]
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=timeout)


def images(*flags: str) -> set[str]:
    return set(docker.docker("image", "ls", "--quiet", "--no-trunc", *flags).split())


@pytest.fixture(scope="module")
def image(host: LabHost, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    """The image that the example describes, built by ansible-builder from the tarball of this checkout."""
    work = tmp_path_factory.mktemp("environment")
    example = EXAMPLE.read_text(encoding="utf-8")
    named = yaml.safe_load(example)["images"]["base_image"]["name"]
    assert example.count(named) == 1
    (work / EXAMPLE.name).write_text(example.replace(named, BASE), encoding="utf-8")
    stages = images("--filter", "dangling=true")
    debian_base.import_into_engine(docker.command(), BASE)
    try:
        built = run("ansible-galaxy", "collection", "build", "--output-path", str(work), str(ROOT), cwd=work)
        assert built.returncode == 0, built.stderr
        # The machine's network, since the lab's engine may have none to the outside.
        network = "--extra-build-cli-args=--network=host"
        built = run("ansible-builder", "build", "--container-runtime", "docker", "--tag", IMAGE, network, cwd=work)
        assert built.returncode == 0, f"{built.stdout[-4000:]}{built.stderr[-4000:]}"
        yield IMAGE
    finally:
        made = set(docker.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()) & {IMAGE, BASE}
        docker.docker("image", "rm", "--force", *made)
        left = images("--filter", "dangling=true") - stages
        if left:
            docker.docker("image", "rm", "--force", *left)


def audited_inside(image: str, host: LabHost, folder: Path, **variables: t.Any) -> tuple[str, str, Path]:
    """Run the audit as a job whose key is a file of the job; its exit status, what it printed, and its reports."""
    inventory = yaml.safe_load(host.inventory.read_text(encoding="utf-8"))
    given = inventory["all"]["children"]["lab"]["vars"]
    for name in ("inventory", "env", "project"):
        (folder / name).mkdir(parents=True)
    # As the key of a machine credential, an agent inside has it.
    (folder / "env" / "ssh_key").write_text(Path(given.pop("ansible_ssh_private_key_file")).read_text(encoding="ascii"))
    given["ansible_ssh_common_args"] = given["ansible_ssh_common_args"].replace(
        "IdentitiesOnly=yes", "IdentitiesOnly=no"
    )
    (folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")
    (folder / "env" / "extravars").write_text(json.dumps(variables), encoding="utf-8")
    isolation = ["--process-isolation", "--process-isolation-executable", "docker", "--container-image", image]
    words = ["run", str(folder), "-p", "seawall.docker.audit", "--ident", "job", "-q", *isolation]
    done = run("ansible-runner", *words, "--container-option=--network=host", cwd=folder)
    artifacts = folder / "artifacts" / "job"
    assert (artifacts / "status").exists(), done.stdout + done.stderr
    said = (artifacts / "stdout").read_text(encoding="utf-8")
    return (artifacts / "rc").read_text(encoding="ascii"), said, folder / "project" / "reports"


def document(reports: Path, host: LabHost) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", json.loads((reports / "hosts" / f"{host.name}.json").read_text(encoding="utf-8")))


def test_its_audit_of_a_host_is_the_one_outside(host: LabHost, image: str, tmp_path: Path) -> None:
    status, said, reports = audited_inside(image, host, tmp_path / "job", audit_fail_on=["container-not-privileged"])
    assert status == "2" and "container-not-privileged" in said, said
    play = host.playbook("seawall.docker.audit", {"audit_report_directory": str(tmp_path / "reports")})
    assert play.status == 0, play.output
    inside, outside = document(reports, host), document(tmp_path / "reports", host)
    assert inside["findings"] == outside["findings"]
    assert (inside["counts"], inside["score"]) == (outside["counts"], outside["score"])
    assert (reports / "index.html").is_file()
    assert oct((reports / "hosts").stat().st_mode & 0o777) == "0o700"
    for path in (tmp_path / "job").rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    # It has what the collection needs, and an ordinary user.
    program = "import jmespath, ansible_runner, os; print(os.getuid(), os.path.isdir('/usr/share/ansible/collections/ansible_collections/seawall/docker'))"
    said = docker.docker("run", "--rm", "--network=none", image, "python3", "-c", program)
    assert said == "1000 True"
