# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second opinion on containers, by the docker SDK and /proc, sharing no code with the collection."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

Json = dict[str, t.Any]


def _status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return {line.split(":", 1)[0]: line.split(":", 1)[1].strip() for line in lines}


def _same_namespace(pid: int, kind: str) -> bool:
    # The tests run in the namespaces of the machine, apart from those of mounts and network.
    return os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}")


def _cgroup_file(pid: int, controller: str, name: str) -> str:
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines():
        _number, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return Path(f"/sys/fs/cgroup/{controller}{path}/{name}").read_text(encoding="utf-8").strip()
    raise LookupError(controller)


def expected(inspected: Json) -> dict[str, str]:
    """The verdict that each rule of section 5 about this container must have, by its number in CIS 1.8.0."""
    wanted, state = inspected["HostConfig"], inspected["State"]
    options = wanted["SecurityOpt"] or []
    pid = state["Pid"] if state["Running"] else None

    def passes(holds: bool) -> str:
        return "pass" if holds else "fail"

    verdicts = {
        "5.5": passes(not wanted["Privileged"]),
        "5.10": passes(wanted["NetworkMode"] != "host"),
        "5.13": passes(wanted["ReadonlyRootfs"]),
        "5.16": passes(wanted["PidMode"] != "host"),
        "5.17": passes(wanted["IpcMode"] != "host"),
        "5.21": passes(wanted["UTSMode"] != "host"),
        # Nothing to opt out of where the daemon remaps nobody, as on the hosts of these tests.
        "5.31": "fail" if wanted["UsernsMode"] == "host" else "not_applicable",
        "5.25": passes(not wanted["CgroupParent"]),
        "5.32": passes(not any(mount["Source"].endswith(("docker.sock", "/run")) for mount in inspected["Mounts"])),
        "5.26": passes("no-new-privileges" in options or "no-new-privileges=true" in options),
        "5.22": passes(not wanted["Privileged"] and "seccomp=unconfined" not in options),
        "5.11": passes(wanted["Memory"] > 0),
        "5.29": passes((wanted["PidsLimit"] or 0) > 0),
        "5.12": passes(bool(wanted["NanoCpus"] or wanted["CpuShares"] or wanted["CpuQuota"] or wanted["CpusetCpus"])),
    }
    if pid is None:
        return verdicts
    # While it runs, the kernel must say the same; otherwise this oracle is wrong, not the audit.
    status = _status(pid)
    assert (status["Seccomp"] == "2") == (verdicts["5.22"] == "pass"), inspected["Name"]
    assert (status["NoNewPrivs"] == "1") == (verdicts["5.26"] == "pass"), inspected["Name"]
    assert _same_namespace(pid, "pid") == (verdicts["5.16"] == "fail"), inspected["Name"]
    assert _same_namespace(pid, "ipc") == (verdicts["5.17"] == "fail"), inspected["Name"]
    if Path("/sys/fs/cgroup/memory").is_dir():
        limited = int(_cgroup_file(pid, "memory", "memory.limit_in_bytes")) < 1 << 62
        assert limited == (verdicts["5.11"] == "pass"), inspected["Name"]
        assert (_cgroup_file(pid, "pids", "pids.max") != "max") == (verdicts["5.29"] == "pass"), inspected["Name"]
    return verdicts
