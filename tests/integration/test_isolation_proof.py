# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The experiment on a real engine: with and without remapped users, and where it can prove nothing."""

from __future__ import annotations

import concurrent.futures
import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import find_shell
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.record_here import run_command

from .conftest import BIN, playbook_environment

Json = dict[str, t.Any]
USERS = """
set -e
getent passwd dockremap >/dev/null || echo dockremap:x:987:987::/:/bin/false >> /etc/passwd
getent group dockremap >/dev/null || echo dockremap:x:987: >> /etc/group
echo dockremap:231072:65536 > /etc/subuid
echo dockremap:231072:65536 > /etc/subgid
"""

# With version 2 of control groups and with systemd's driver, runc gives the group of a remapped container to the user who is root
# inside. systemd does not run here.
GIVING_RUNTIME = """#!/bin/sh
runc "$@" || exit
case " $* " in *" create "*)
  for id; do :; done
  chown 231072:231072 "/sys/fs/cgroup/docker/$id" "/sys/fs/cgroup/docker/$id/cgroup.procs"
esac
"""


class Bench(t.NamedTuple):
    host: IsolatedHost
    work: Path

    def prove(self, *flags: str, **options: t.Any) -> Json:
        variables = {
            "ansible_python_interpreter": sys.executable,
            "audit_report_directory": str(self.work / "reports"),
            **{f"prove_{name}": value for name, value in options.items()},
        }
        words = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-e", json.dumps(variables), *flags]
        done = self.host.run(
            *words,
            "seawall.docker.prove",
            cwd=self.work,
            env={**playbook_environment(self.work), "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"},
        )
        path = self.work / "reports" / "proofs" / "localhost.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {**kept, "status": done.returncode, "said": done.stdout + done.stderr}

    def left(self) -> str:
        script = (
            "docker ps -aq; docker images -q | sort | uniq; ls /run | grep seawall-proof; ls /trap 2>/dev/null; true"
        )
        return self.host.docker("sh", "-c", script).stdout


@pytest.fixture
def bench(host: IsolatedHost, tmp_path: Path) -> t.Iterator[Bench]:
    try:
        yield Bench(host, tmp_path)
    finally:
        host.stop()


def test_without_remapping_containers_are_root_of_the_host(bench: Bench) -> None:
    bench.host.start()
    before = bench.left()
    proof = bench.prove()
    assert (proof["status"], proof["verdict"]) == (0, "exposed"), proof["said"]
    assert proof["overwritten"] and proof["deleted"] and proof["control_written"]
    assert proof["container_root_uid"] == 0 and proof["uid_map"][0]["count"] == 4294967295
    assert "EXPOSED: root of a container overwrote and deleted a file of root of the host." in proof["said"]
    assert "changed=0" in proof["said"] and bench.left() == before
    kept = bench.work / "reports" / "proofs" / "localhost.json"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    # Asked for, it fails the play; in check mode nothing is tried, written or failed.
    assert bench.prove(fail=True)["status"] == 2
    kept.unlink()
    checked = bench.prove("--check", fail=True, limits=True)
    assert checked["status"] == 0 and "INCONCLUSIVE: nothing was tried in check mode; a throw" in checked["said"]
    assert "INCONCLUSIVE: nothing was tried in check mode; test containers would take memory" in checked["said"]
    limits = bench.prove(fail=False, limits=True)
    assert limits["status"] == 0 and "ENFORCED: " in limits["said"], limits["said"]
    assert (bench.work / "reports" / "limits-proofs" / "localhost.json").stat().st_mode & 0o777 == 0o600
    kept.unlink()
    assert not kept.exists() and bench.left() == before


def test_of_two_proofs_at_once_the_second_waits_or_says_who_holds_the_host(bench: Bench) -> None:
    bench.host.start()
    second = Bench(bench.host, bench.work / "second")
    second.work.mkdir()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        proofs = [one.result() for one in [pool.submit(one.prove) for one in (bench, second)]]
    assert [one["verdict"] for one in proofs] == ["exposed", "exposed"]
    words = bench.host.command("flock", "/run/seawall.docker/lock", "sh", "-c", "echo held; read line")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        busy = bench.prove(timeout=2)
        assert holder.stdin is not None
        holder.stdin.close()
    assert re.match(r"another run changes this host: isolation_proof \(process \d+\), since \d{4}-", busy["reason"])
    assert (busy["verdict"], busy["tried"]) == ("inconclusive", False)


@pytest.fixture
def unified(tmp_path: Path) -> t.Iterator[Bench]:
    with IsolatedHost(unified=True) as host:
        yield Bench(host, tmp_path)


def test_remapped_users_protect_the_host_with_control_groups_of_version_2(unified: Bench) -> None:
    host = unified.host
    host.run("sh", "-c", USERS)
    host.write("/run/runc-of-systemd", GIVING_RUNTIME, 0o755)
    runtimes = {"giving": {"path": "/run/runc-of-systemd"}}
    host.start(config={"userns-remap": "dockremap", "runtimes": runtimes, "default-runtime": "giving"})
    host.container("given")
    group = host.docker("sh", "-c", "cat /proc/$(docker inspect --format '{{.State.Pid}}' given)/cgroup").stdout
    owner = host.run("stat", "--format=%u", f"/sys/fs/cgroup{group.rpartition('0::')[2].strip()}").stdout
    assert owner == "231072\n"
    host.docker("rm", "--force", "given")
    assert unified.host.docker("info", "--format", "{{.CgroupVersion}}").stdout.strip() == "2"
    before = unified.left()
    proof = unified.prove(fail=True)
    assert (proof["status"], proof["verdict"]) == (0, "protected"), proof["said"]
    assert proof["control_written"] and not proof["overwritten"] and not proof["deleted"]
    assert proof["container_root_uid"] == 231072
    # The controllers are elsewhere on this machine, so no limit holds.
    out = unified.prove(userns="host", limits=True)
    assert out["verdict"] == "exposed" and "NOT ENFORCED: 0 of 4 limits were seen to hold." in out["said"]
    assert unified.left() == before


def test_remapped_users_protect_the_host_unless_a_container_opts_out(bench: Bench) -> None:
    bench.host.run("sh", "-c", USERS)
    bench.host.start(config={"userns-remap": "dockremap"})
    before = bench.left()
    for image in (None, IMAGE):
        proof = bench.prove(**({"image": image} if image else {}), fail=True)
        assert (proof["status"], proof["verdict"]) == (0, "protected"), proof["said"]
        assert proof["control_written"] and not proof["overwritten"] and not proof["deleted"]
        assert proof["container_root_uid"] == 231072 and proof["remapping"]
        assert proof["uid_map"] == [{"inside": 0, "outside": 231072, "count": 65536}]
    out = bench.prove(userns="host")
    assert out["verdict"] == "exposed" and out["container_root_uid"] == 0 and "--userns=host" in out["said"]
    assert bench.left() == before


def test_what_cannot_be_tried_proves_nothing(bench: Bench) -> None:
    host = bench.host
    absent = bench.prove()
    assert (absent["status"], absent["verdict"], absent["tried"]) == (0, "inconclusive", False)
    assert absent["reason"] == "the Docker Engine is installed but does not run"
    # A runtime that runs nothing: the engine is fine, and no container of it.
    host.start(config={"runtimes": {"none": {"path": "/bin/false"}}, "default-runtime": "none"})
    failed = bench.prove(fail=True)
    assert (failed["status"], failed["verdict"]) == (2, "inconclusive"), failed["said"]
    assert failed["reason"].startswith("the engine answered 4") or failed["reason"].startswith("the engine answered 5")
    host.stop()
    host.start()
    before = bench.left()
    assert "no image nope:1, and none is pulled" in bench.prove(image="nope:1")["reason"]
    # An image with a shell and nothing that deletes, and one that has not even that.
    host.docker("sh", "-c", "tar -C / -c bin/busybox | docker import - bare:1")
    assert "executable file not found" in bench.prove(image="bare:1")["reason"]
    # A program that ends at once, where a shell is expected: the files are whole, and that means nothing.
    lying = "cd $(mktemp -d); mkdir bin; printf '#!/bin/busybox true\\n' > bin/sh; chmod 755 bin/sh; cp -L /bin/busybox bin; "
    host.docker("sh", "-c", f"{lying} tar -c bin | docker import - lying:1")
    assert "left no trace of having run (exit status 0)" in bench.prove(image="lying:1")["reason"]
    host.docker("sh", "-c", "docker rmi -f bare:1 lying:1")
    assert bench.left() == before


def test_a_shell_of_the_machine_with_its_libraries(bench: Bench) -> None:
    """Most hosts have no static busybox; what is taken instead must run as an image of its own."""

    class WithoutBusybox(Host):
        def program(self, name: str) -> str | None:
            return None if "busybox" in name else super().program(name)

    found = find_shell(WithoutBusybox(run_command), "rm", "sleep")
    assert found is not None and found.program is not None
    bench.host.start()
    archive = bench.work / "image.tar"
    archive.write_bytes(found.program.archive())
    bench.host.docker("import", str(archive), "shell:1")
    script = f"{found.tools}rm -f /etc/hosts; {found.tools}sleep 0; echo $?"
    done = bench.host.docker("run", "--rm", "--network", "none", "shell:1", *found.words, "-c", script)
    assert done.stdout.strip() == "0", done.stderr
