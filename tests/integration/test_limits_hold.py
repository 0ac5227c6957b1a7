# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that try to take more than their limits: what the kernel does, and what the section ``cgroup`` says of it."""

from __future__ import annotations

import json
import os
import sys
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._report.files import host_file_name
from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, playbook_environment
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import section

MIB = 2**20
Result = dict[str, t.Any]
BUSY = ("sh", "-c", "while :; do :; done")


@pytest.fixture(scope="module")
def engine() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        # Few machines mount these, and runtimes put a container into what is mounted.
        mounted = host.run(
            *("mount", "-t", "cgroup", "-o", "net_cls,net_prio", "cgroup", "/sys/fs/cgroup/net_cls,net_prio")
        )
        assert mounted.returncode == 0, mounted.stderr
        host.start()
        yield host


@pytest.fixture
def host(engine: IsolatedHost) -> t.Iterator[IsolatedHost]:
    """An engine without containers."""
    yield engine
    engine.docker("sh", "-c", "docker ps -aq | xargs -r docker rm -f")


def start(host: IsolatedHost, name: str, *options: str, command: t.Sequence[str] = ("sleep", "3600")) -> None:
    host.container(name, "--network", "none", *options, command=command)


def facts(host: IsolatedHost) -> dict[str, Result]:
    """What is gathered of each container's control groups, by name."""
    found = section(host, "cgroup")["containers"]
    assert all(one["unread"] == {} for one in found if one["running"])
    return {one["name"]: one for one in found}


def wait_for(condition: t.Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)


def running(host: IsolatedHost, name: str) -> Result:
    """State of a container, in the engine's words."""
    words = host.docker("inspect", "--format", "{{.State.Running}} {{.State.OOMKilled}} {{.State.ExitCode}}", name)
    alive, killed, code = words.stdout.split()
    return {"running": alive == "true", "oom": killed == "true", "code": int(code)}


def test_cpu_time_on_one_core_is_shared_by_weight(host: IsolatedHost) -> None:
    """A container with 20 shares beside one without a limit, both busy on CPU 0: 20 to 1024."""
    start(host, "limited", "--cpuset-cpus", "0", "--cpu-shares", "20", command=BUSY)
    start(host, "free", "--cpuset-cpus", "0", command=BUSY)
    before = facts(host)
    # What the kernel counted says when there is enough to compare, however busy the core is with others.
    wait_for(lambda: seconds(facts(host), "free") - seconds(before, "free") > 0.7, 60)
    after = facts(host)
    limited, free = (seconds(after, name) - seconds(before, name) for name in ("limited", "free"))
    assert 0 < limited < free / 10
    assert [after["limited"]["limits"][name]["verdict"] for name in ("cpu_shares", "cpuset_cpus")] == ["equal", "equal"]


def seconds(found: dict[str, Result], name: str) -> float:
    return float(found[name]["use"]["cpu_seconds"])


def test_a_memory_hog_dies_and_its_neighbour_lives(host: IsolatedHost) -> None:
    start(host, "neighbour", "--memory", "32m")
    start(host, "hog", "--memory", "16m", "--memory-swap", "32m")
    # A second process of the container: the first one lives on, so the group and its counts stay.
    done = host.docker("exec", "hog", "busybox", "tail", "-c", "64m", "/dev/zero")
    assert done.returncode == 137
    found = facts(host)
    hog, neighbour = found["hog"], found["neighbour"]
    assert hog["held_back"]["oom_kills"] >= 1 and hog["held_back"]["memory_limit_hits"] >= 1
    assert 15 * MIB < hog["use"]["memory_peak_bytes"] <= 16 * MIB
    assert neighbour["held_back"]["oom_kills"] == neighbour["held_back"]["memory_limit_hits"] == 0
    assert running(host, "neighbour")["running"]


def test_a_fork_bomb_stops_at_its_limit(host: IsolatedHost) -> None:
    start(host, "bomb", "--pids-limit", "20")
    start(host, "neighbour", "--pids-limit", "20")
    done = host.docker("exec", "bomb", "sh", "-c", "while :; do sleep 600 & done")
    assert done.returncode != 0 and "can't fork" in done.stderr
    found = facts(host)
    assert found["bomb"]["held_back"]["pids_refused"] > 0
    assert 10 < found["bomb"]["use"]["pids"] <= found["bomb"]["use"]["pids_peak"] <= 20
    assert found["neighbour"]["held_back"]["pids_refused"] == 0 and found["neighbour"]["use"]["pids"] == 1


def test_a_busy_container_is_throttled_at_its_quota(host: IsolatedHost) -> None:
    start(host, "quota", "--cpus", "0.1", command=BUSY)
    start(host, "idle", "--cpus", "0.1")
    before = facts(host)
    wait_for(lambda: throttled(facts(host), "quota") > throttled(before, "quota") + 3, 30)
    after = facts(host)
    assert after["quota"]["held_back"]["cpu_seconds_throttled"] > before["quota"]["held_back"]["cpu_seconds_throttled"]
    # Its start alone may have taken more than its share.
    assert throttled(after, "idle") == throttled(before, "idle")


def throttled(found: dict[str, Result], name: str) -> int:
    return int(found[name]["held_back"]["cpu_periods_throttled"])


def test_a_writer_is_throttled_at_the_limit_of_its_device(host: IsolatedHost) -> None:
    device, path = disk_of(host)
    rate = 1 * MIB
    start(host, "writer", "--device-write-bps", f"{path}:{rate}", "-v", f"{host.state}:/data")
    start(host, "undeclared")
    throttle = group_file(host, "undeclared", "blkio", "blkio.throttle.read_bps_device")
    throttle.write_text(f"{device} {4 * MIB}", encoding="ascii")

    found = facts(host)
    row = {"device": path, "number": device, "limit": "write_bps"}
    assert found["writer"]["device_limits"] == [{**row, "declared": rate, "enforced": rate, "verdict": "equal"}]
    assert found["undeclared"]["device_limits"] == [
        {
            "device": None,
            "number": device,
            "limit": "read_bps",
            "declared": None,
            "enforced": 4 * MIB,
            "verdict": "undeclared",
        }
    ]
    # Four megabytes at one a second, past the cache.
    begin = time.monotonic()
    done = host.docker(
        "exec", "writer", "busybox", "dd", "if=/dev/zero", "of=/data/written", "bs=1M", "count=4", "oflag=direct"
    )
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begin > 2.5, "the kernel let the writer write faster than its limit"

    # Somebody takes the limit away behind the engine's back.
    group_file(host, "writer", "blkio", KINDS_FILE).write_text(f"{device} 0", encoding="ascii")
    [changed] = facts(host)["writer"]["device_limits"]
    assert (changed["verdict"], changed["enforced"]) == ("not_enforced", None)


KINDS_FILE = "blkio.throttle.write_bps_device"


def test_packets_of_a_container_carry_the_class_and_priority_of_its_group(host: IsolatedHost) -> None:
    start(host, "marked")
    start(host, "plain")
    for file, text in (("net_cls.classid", "1048577"), ("net_prio.ifpriomap", "lo 5")):
        place = group_file(host, "marked", file.partition(".")[0], file)
        # Mounted in the namespace of the engine alone.
        assert host.run("sh", "-c", 'echo "$1" > "$2"', "sh", text, str(place)).returncode == 0
    found = facts(host)
    assert found["marked"]["network_marks"] == {"class_id": 0x100001, "priorities": {"lo": 5}}
    assert found["plain"]["network_marks"] == {"class_id": 0, "priorities": {}}


def test_a_parent_s_tighter_limit_is_what_is_enforced(host: IsolatedHost) -> None:
    parent = f"seawall-test-{os.getpid()}"
    start(host, "nested", "--cgroup-parent", f"/{parent}/inner", "--memory", "64m", "--pids-limit", "40")
    start(host, "wide", "--cgroup-parent", f"/{parent}/inner", "--memory", "16m", "--pids-limit", "10")
    files = (("memory", "memory.limit_in_bytes", 24 * MIB), ("pids", "pids.max", 20))
    try:
        # The parent of the parent that the engine was given.
        for controller, file, limit in files:
            place = group_file(host, "nested", controller, file).parents[2] / file
            assert place.parent.name == parent
            place.write_text(str(limit), encoding="ascii")
        found = {
            name: {key: one["limits"][key] for key in ("memory_bytes", "pids")} for name, one in facts(host).items()
        }
        nested, wide = found["nested"], found["wide"]
        assert [(one["declared"], one["enforced"]) for one in nested.values()] == [(64 * MIB, 24 * MIB), (40, 20)]
        assert [one["verdict"] for one in nested.values()] == ["differs"] * 2
        # A parent that allows more changes nothing.
        assert [(one["enforced"], one["verdict"]) for one in wide.values()] == [(16 * MIB, "equal"), (10, "equal")]
    finally:
        host.docker("sh", "-c", "docker ps -aq | xargs -r docker rm -f")
        for group in Path("/sys/fs/cgroup").glob(f"*/{parent}"):
            (group / "inner").rmdir()
            group.rmdir()


def test_suggested_limits_hold_when_they_are_applied(host: IsolatedHost, tmp_path: Path) -> None:
    """The suggestion of the playbook is what the playbook ``limits`` takes; the containers run on within it."""
    start(host, "met", "--pids-limit", "30")
    start(host, "free")
    host.docker("exec", "met", "sh", "-c", "while :; do sleep 600 & done")
    # A name that is none of a file, and two audits of busier days, before the container was made anew.
    name = "Shop 1"
    kept = [tmp_path / day / "postures" / host_file_name(name) for day in ("monday", "friday")]
    earlier = section(host, "cgroup")
    [of_free] = [one for one in earlier["containers"] if one["name"] == "free"]
    for path, peak in zip(kept, (100 * MIB, 80 * MIB), strict=True):
        of_free["use"]["memory_peak_bytes"] = peak
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"cgroup": earlier}), encoding="utf-8")
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": {name: {}}}}), encoding="utf-8")
    words = [str(BIN / "ansible-playbook"), "-i", str(tmp_path / "hosts.json"), "-c", "local"]
    variables: Result = {
        "ansible_python_interpreter": sys.executable,
        "audit_report_directory": str(tmp_path / "reports"),
        # The third has nothing of this host.
        "limits_audits": [str(tmp_path / day) for day in ("monday", "friday", "sunday")],
    }
    environment = {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json", **playbook_environment(tmp_path)}

    def play(name: str, status: int = 0, **more: t.Any) -> str:
        given = json.dumps({**variables, **more})
        done = host.run(*words, "-e", given, f"seawall.docker.{name}", env=environment, cwd=tmp_path)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    said = play("suggest_limits")
    assert not (tmp_path / "reports").exists()
    play("suggest_limits", limits_write=True)
    (file,) = (tmp_path / "reports" / "limits").iterdir()
    text = file.read_text(encoding="ascii")
    assert text in said and file.stat().st_mode & 0o777 == 0o600
    assert [f"# Counted, too: {json.dumps(str(path))}" for path in kept] == text.splitlines()[1:3]
    answer = yaml.safe_load(text)
    free, met = answer["limits_wanted"]
    assert (met["containers"], met["limits"]["pids"]) == (["met"], 60)
    assert (free["containers"], free["limits"]) == (["free"], {"memory": "160m", "pids": 50})

    variables.update(answer)
    # Whoever meant one host would limit containers on all.
    assert "did you mean limits_hosts?" in play("limits", status=2, limits_host=name)
    assert facts(host)["free"]["limits"]["memory_bytes"]["enforced"] is None
    play("limits")
    found = facts(host)
    assert found["free"]["limits"]["memory_bytes"]["enforced"] == 160 * MIB
    assert [found[name]["limits"]["pids"]["enforced"] for name in ("free", "met")] == [50, 60]
    assert running(host, "free")["running"] and found["met"]["use"]["pids"] > 10


def group_file(host: IsolatedHost, name: str, controller: str, file: str) -> Path:
    pid = int(host.docker("inspect", "--format", "{{.State.Pid}}", name).stdout)
    lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines()
    groups = {one: line.split(":", 2)[2] for line in lines for one in line.split(":", 2)[1].split(",")}
    place = "net_cls,net_prio" if controller.startswith("net_") else controller
    return Path(f"/sys/fs/cgroup/{place}{groups[controller]}/{file}")


def disk_of(host: IsolatedHost) -> tuple[str, str]:
    """The number and path of the disk below the host's files; a limit counts for whole disks."""
    number = os.stat(host.state).st_dev
    place = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve()
    whole = place if not (place / "partition").exists() else place.parent
    return (whole / "dev").read_text(encoding="ascii").strip(), f"/dev/{whole.name}"
