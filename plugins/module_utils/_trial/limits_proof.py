# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether limits of containers hold on this host: containers of our own try to take more than theirs.

What the kernel was not seen to refuse is no pass.
"""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.counts import Counts
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import (
    UNIFIED,
    group_of,
    parse_process_cgroups,
)
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.throttles import enforced_throttles
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree
from ansible_collections.seawall.docker.plugins.module_utils._daemon.write_lock import (
    WAIT_SECONDS,
    LockFault,
    write_lock,
)
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.moments import now_text
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._trial import limit_trials as trials
from ansible_collections.seawall.docker.plugins.module_utils._trial.container_process import uid_map_seen
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Shell
from ansible_collections.seawall.docker.plugins.module_utils._trial.proving import (
    INCONCLUSIVE,
    LABEL,
    Bench,
    Inconclusive,
    leftover_lines,
    opened,
    require_root,
    shell_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import (
    make_container,
    make_image,
    remove_own,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import Record, new_name

Document = t.Dict[str, t.Any]

_NOTHING_TRIED = (
    "nothing was tried in check mode; test containers would take memory, processes, CPU time and a disk beyond their "
    "limits, each for seconds and within small bounds"
)
# Where no limit holds, the memory hog may take this much.
_FREE_MEMORY = 512 * trials.MIB
# Whose layers of containers lie in the data root.
_DRIVERS = ("overlay2", "vfs")
_GRAIN_SECONDS = 0.1


class Request(t.NamedTuple):
    image: t.Optional[str]
    docker_host: t.Optional[str]
    seconds: float
    check_mode: bool


def run(host: Host, request: Request) -> Document:
    """The module's result. Never raises for what the engine does: that is the result."""
    result: Document = {
        "changed": False,
        "verdict": INCONCLUSIVE,
        "reason": "",
        "trials": [],
        "proved_at": now_text(),
        "image": None,
        "engine_version": None,
        "engine_process": None,
        "swept": [],
        "not_swept": [],
        "not_removed": [],
    }
    try:
        require_root(host, request.seconds, "see what the kernel counts of containers")
        # Before the engine is asked: a run that holds the lock may restart it.
        with write_lock("limits_proof", request.check_mode, min(WAIT_SECONDS, request.seconds)):
            _prove(host, request, result)
    except (Inconclusive, Unread, EngineError, LockFault) as fault:
        result["reason"] = fault.reason
    except (KeyError, TypeError, AttributeError):
        result["reason"] = "the engine's answers about the container make no sense"
    result["lines"] = lines_of(result)
    return result


def _prove(host: Host, request: Request, result: Document) -> None:
    CgroupTree(host).require_host_namespace()
    with opened(host, request.docker_host, request.seconds, result) as bench:
        shell = _shell(host, bench, request.image)
        result["image"] = shell.origin
        if request.check_mode:
            raise Inconclusive(_NOTHING_TRIED)
        _require_memory(host)
        with bench.trying(result) as (writable, record):
            reference = request.image or new_name("proof", ":")
            try:
                if shell.program is not None:
                    label = [f"LABEL {LABEL}=1"]
                    make_image(writable, record, shell.program.archive(), reference, request.seconds, label)
                trying = _Trying(host, writable, record, reference, shell, request.seconds)
                for names, trial in (
                    (("memory", "pids"), trying.greedy),
                    (("cpu_weight",), trying.busy),
                    (("device_write",), lambda: trying.writers(bench.info)),
                ):
                    result["trials"] += _tried(names, trial)
            finally:
                remove_own(writable, record, reference)
    result["verdict"] = trials.verdict_of(result["trials"])
    deciding = [one for one in result["trials"] if one["state"] == result["verdict"]]
    result["reason"] = "; ".join(f"{one['trial']}: {one['reason']}" for one in deciding)


def _shell(host: Host, bench: Bench, image: str | None) -> Shell:
    try:
        return shell_of(host, bench.engine, image, "sleep", "dd")
    except Inconclusive:
        # Without dd, only the trial of a device is left out.
        return shell_of(host, bench.engine, image, "sleep")


def _require_memory(host: Host) -> None:
    for line in host.read_text("/proc/meminfo").split("\n"):
        words = line.split()
        if words[:1] == ["MemAvailable:"] and int(words[1]) * 1024 >= _FREE_MEMORY:
            return
    raise Inconclusive(f"the host has less than {_FREE_MEMORY // trials.MIB} MiB of free memory, so nothing was tried")


def _tried(names: t.Sequence[str], trial: t.Callable[[], t.Sequence[trials.Verdict]]) -> list[Document]:
    try:
        verdicts = trial()
    except (Inconclusive, Unread, EngineError) as fault:
        verdicts = [trials.Verdict(INCONCLUSIVE, fault.reason)] * len(names)
    return [{"trial": name, **found._asdict()} for name, found in zip(names, verdicts)]


class _Trying:
    """Makes the containers of each trial, looks at them, and removes them."""

    def __init__(
        self, host: Host, writable: WritableEngine, record: Record, reference: str, shell: Shell, seconds: float
    ) -> None:
        self._host = host
        self._writable = writable
        self._record = record
        self._reference = reference
        self._shell = shell
        self._deadline = time.monotonic() + seconds

    def greedy(self) -> list[trials.Verdict]:
        """Memory and processes, with a container beside them that does nothing."""
        limits = trials.memory_limits()
        scripts = {"neighbour": trials.SLEEP, "hog": trials.HOG, "bomb": trials.BOMB}
        with _Containers(self, {name: (script, limits) for name, script in scripts.items()}) as made:
            seen = made.look()
            while not (trials.is_decided(seen["hog"], "oom_kills") and trials.is_decided(seen["bomb"], "pids_refused")):
                if not self.wait():
                    break
                seen = made.look()
            # The neighbour last, when all is decided.
            seen["neighbour"] = made.look("neighbour")["neighbour"]
        return [
            trials.judge_memory(seen["hog"], seen["neighbour"]),
            trials.judge_pids(seen["bomb"], seen["neighbour"]),
        ]

    def busy(self) -> list[trials.Verdict]:
        """Two containers on one CPU, both busy."""
        cpu = min(os.sched_getaffinity(0))
        wanted = {"light": trials.LIGHT_SHARES, "heavy": trials.HEAVY_SHARES}
        made_of = {name: (trials.BUSY, trials.cpu_limits(cpu, shares)) for name, shares in wanted.items()}
        light = heavy = None
        with _Containers(self, made_of) as made:
            before: dict[str, trials.Seen] = {}
            while True:
                seen = made.look()
                for name, one in seen.items():
                    if one.counts is not None:
                        before.setdefault(name, one)
                if len(before) == len(seen):
                    light, heavy = (_cpu_time(before[name], seen[name]) for name in ("light", "heavy"))
                ended = not all(one.running for one in seen.values())
                if ended or (heavy is not None and heavy >= trials.CPU_SECONDS) or not self.wait():
                    break
        return [trials.judge_cpu(light, heavy, seen["light"].unseen or seen["heavy"].unseen)]

    def writers(self, info: Document) -> list[trials.Verdict]:
        """One container that writes to a disk, and the same with a limit."""
        if info.get("Driver") not in _DRIVERS:
            reason = f"it is not known on which disk containers write with the storage driver {info.get('Driver')}"
            return [trials.Verdict(trials.NOT_POSSIBLE, reason)]
        device = device_of(str(info.get("DockerRootDir") or ""))
        if device is None:
            return [trials.Verdict(trials.NOT_POSSIBLE, "the data root of the engine is on no disk that has limits")]
        free, _rates = self._writing(None)
        held, rates = self._writing(device)
        return [trials.judge_writes(free, held, rates, device)]

    def _writing(self, device: str | None) -> tuple[float | None, t.Any]:
        """The seconds that the container wrote, None where it could not, and the rates that the kernel held meanwhile."""
        rates: t.Any = None
        with _Containers(self, {"writer": (trials.WRITER, trials.write_limits(device))}) as made:
            begin = time.monotonic()
            while True:
                seen = made.look()["writer"]
                # An empty answer may be one from before the engine wrote the limit.
                rates = seen.device_rates or rates or seen.device_rates
                if not seen.running:
                    break
                if not self.wait():
                    raise Inconclusive("the time was over before a container had written")
            took = time.monotonic() - begin
        return (took if seen.exit_code == trials.WRITTEN else None), rates

    def wait(self) -> bool:
        """Wait for a moment; False where no time is left."""
        time.sleep(_GRAIN_SECONDS)
        return time.monotonic() < self._deadline

    def start(self, script: str, limits: Document) -> tuple[str, str]:
        """Start a container. Returns its name and its id."""
        name = new_name("proof")
        life = int(self._left()) + trials.LONGER_SECONDS
        body = trials.container_of(self._reference, self._shell, script, life, limits)
        try:
            identifier = make_container(self._writable, self._record, name, body, self._left())
            path = object_path("containers", identifier, "start")
            self._writable.call("POST", path, None, None, self._left())
        except BaseException:
            self.remove(name)
            raise
        return name, identifier

    def remove(self, name: str) -> None:
        remove_own(self._writable, self._record, name)

    def look(self, identifier: str) -> trials.Seen:
        path = object_path("containers", identifier, "json")
        state = self._writable.call("GET", path, None, None, self._left())["State"]
        counts = rates = None
        unseen = ""
        try:
            counts, rates = _kernel_shows(self._host, state.get("Pid"), identifier)
        except Unread as gap:
            unseen = gap.reason
        return trials.Seen(bool(state.get("Running")), state.get("ExitCode"), counts, unseen, rates)

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 1.0)


class _Containers:
    """The containers of one trial, by what they do. All of them are removed at its end."""

    def __init__(self, trying: _Trying, wanted: dict[str, tuple[str, Document]]) -> None:
        self._trying = trying
        self._wanted = wanted
        self._made: dict[str, tuple[str, str]] = {}

    def __enter__(self) -> _Containers:
        try:
            for role, (script, limits) in self._wanted.items():
                self._made[role] = self._trying.start(script, limits)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_unused: object) -> None:
        for name, _identifier in self._made.values():
            self._trying.remove(name)

    def look(self, *roles: str) -> dict[str, trials.Seen]:
        return {role: self._trying.look(self._made[role][1]) for role in roles or self._made}


def _kernel_shows(host: Host, pid: t.Any, identifier: str) -> tuple[Document, t.Any]:
    """What the kernel counted in the groups of the container, and its rates of devices. Raises Unread."""
    # Only a process of the container: an engine may name any.
    uid_map_seen(host, pid, identifier)
    found = parse_process_cgroups(host.read_text(f"/proc/{pid}/cgroup"))
    tree = CgroupTree(host)
    paths = {name: group_of(path, identifier) or path for name, path in found.items()}
    wanted = (UNIFIED,) if tree.version == 2 else ("cpu", "cpuacct", "memory", "pids", "blkio")
    paths = {name: path for name, path in paths.items() if name in wanted and group_of(path, identifier)}
    counts = Counts(tree, paths, identifier)
    hierarchy, file = (UNIFIED, "io.max") if tree.version == 2 else ("blkio", "blkio.throttle.write_bps_device")
    keeps = hierarchy in paths and tree.read(hierarchy, paths[hierarchy], file) is not None
    return {**counts.use(), **counts.held_back()}, enforced_throttles(tree, paths) if keeps else None


def _cpu_time(before: trials.Seen, after: trials.Seen) -> float | None:
    first, last = ((seen.counts or {}).get("cpu_seconds") for seen in (before, after))
    return None if first is None or last is None else float(last) - float(first)


def device_of(directory: str) -> str | None:
    """The whole disk below a directory, by its path, or None. The kernel keeps limits for whole disks."""
    try:
        number = os.stat(directory).st_dev
        place = os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
        if os.path.exists(f"{place}/partition"):
            place = os.path.dirname(place)
        with open(f"{place}/dev", encoding="ascii") as stream:
            wanted = stream.read(64).strip()
        # "!" stands for "/" in the kernel's names.
        path = f"/dev/{os.path.basename(place).replace('!', '/')}"
        node = os.stat(path).st_rdev
    except (OSError, ValueError):
        return None
    return path if f"{os.major(node)}:{os.minor(node)}" == wanted else None


def lines_of(result: Document) -> list[str]:
    """The result in words, the verdict first."""
    found = result["trials"]
    lines = [f"{result['verdict'].upper().replace('_', ' ')}: {result['reason']}."] if not found else []
    if found:
        held = sum(1 for one in found if one["state"] == trials.ENFORCED)
        lines.append(f"{result['verdict'].upper().replace('_', ' ')}: {held} of {len(found)} limits were seen to hold.")
        lines += [f"{one['trial']}: {one['state'].replace('_', ' ')}: {one['reason']}." for one in found]
        gone = "" if result["not_removed"] else " All of them are gone again."
        lines.append(f"Tried by containers made for it, with {result['image']}.{gone}")
    return lines + leftover_lines(result)
