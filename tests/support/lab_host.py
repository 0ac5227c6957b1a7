# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole host of the lab, as tests use it: commands over SSH, Ansible against it, and the way back to a new host."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from ansible_collections.seawall.docker.tests.support import direct_module
from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, playbook_environment
from ansible_collections.seawall.docker.tests.support.module_results import result_of

# The lab is a program of its own, not a part of the collection.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

from seawall_lab.busybox import TAG as IMAGE
from seawall_lab.busybox import local_image
from seawall_lab.containers import container_name
from seawall_lab.hosts import Address, Remote
from seawall_lab.inventory import render
from seawall_lab.lab import Lab
from seawall_lab.paths import Paths
from seawall_lab.process import PACKAGE_OF
from seawall_lab.recipes import RECIPES

CONTAINER_HOSTS = ("bookworm", "trixie", "sid")
CONFIG = "/etc/docker/daemon.json"

Result = dict[str, t.Any]

# Kept on the host: what the directory of all configuration was at first, and the image.
_SAVE = r"""
set -e
mkdir -p /var/lib/lab
cat > /var/lib/lab/busybox.tar
test ! -e /var/lib/lab/etc.tar || exit 0
cd /
find etc | sort > /var/lib/lab/etc.list
tar --create --one-file-system --file /var/lib/lab/etc.new etc
mv /var/lib/lab/etc.new /var/lib/lab/etc.tar
"""

# Back to a default installation in seconds. Whatever a test broke, nothing here waits for an engine to agree.
_RESET = r"""
cd /
own=$(readlink /proc/1/ns/pid)
strangers() {
  for link in /proc/[0-9]*/ns/pid; do
    space=$(readlink "$link") || continue
    [ "$space" = "$own" ] || { pid=${link#/proc/}; echo "${pid%%/*}"; }
  done
}
systemd=
[ -d /run/systemd/system ] && systemd=yes
[ -z "$systemd" ] || systemctl stop --no-block docker.socket docker.service containerd.service
for try in 1 2 3 4 5 6 7 8 9 10; do
  daemons=$(pgrep -x 'dockerd|containerd|containerd-shim.*|docker-proxy'); members=$(strangers)
  [ -n "$daemons$members" ] || break
  for pid in $members; do
    # On cgroup v1, a frozen process cannot even be killed.
    group=$(awk -F: '$2 == "freezer" { print $3 }' "/proc/$pid/cgroup" 2>/dev/null)
    [ -z "$group" ] || [ "$group" = / ] || echo THAWED 2>/dev/null > "/sys/fs/cgroup/freezer$group/freezer.state"
  done
  kill -CONT $daemons $members 2>/dev/null
  kill -KILL $daemons $members 2>/dev/null
  sleep 0.2
done
rm -rf /run/docker.pid /run/docker-ssd.pid /run/seawall.docker /var/lib/seawall.docker /var/lib/lab/journal
awk '{ print $5 }' /proc/self/mountinfo | grep -E '^/(run/docker|run/containerd|var/lib/docker|var/lib/containerd|etc/docker|etc/default)(/|$)' |
  grep -vxE '/var/lib/(docker|containerd)' | sort -r | xargs -r umount --lazy
# The volumes below are of the machine's engine and stay mounted, unlike what a test mounted over them.
for place in /var/lib/docker /var/lib/containerd; do
  while [ "$(awk -v place="$place" '$5 == place' /proc/self/mountinfo | wc -l)" -gt 1 ]; do umount --lazy "$place" || break; done
done
find /var/lib/docker /var/lib/containerd /run/docker /run/containerd /srv -mindepth 1 -delete 2>/dev/null
chown root:root /var/lib/docker; chmod 0710 /var/lib/docker
for link in $(ls /sys/class/net | grep -E '^(docker0|docker_gwbridge|br-|veth)'); do ip link delete "$link"; done
for tables in iptables ip6tables; do
  for table in filter nat mangle raw; do $tables -t $table -F; $tables -t $table -X; done
done 2>/dev/null
find etc | sort | comm -13 /var/lib/lab/etc.list - | tr '\n' '\0' | xargs -r -0 rm -rf
tar --extract --same-permissions --file /var/lib/lab/etc.tar
[ ! -e /var/log/docker.log ] || : > /var/log/docker.log
# The kernel keeps its rules whatever becomes of their files.
[ -z "$(command -v auditctl)" ] || { auditctl -D; augenrules --load; } >/dev/null 2>&1
set -e
if [ -n "$systemd" ]; then
  systemctl daemon-reload
  systemctl reset-failed
  systemctl start containerd.service docker.socket
  systemctl start --no-block docker.service
else
  /etc/init.d/docker start
fi
for try in $(seq 150); do
  timeout 10 docker version >/dev/null 2>&1 && break
  sleep 0.2
done
timeout 60 docker import --change 'CMD ["sh"]' /var/lib/lab/busybox.tar busybox:local
"""


# What modules import, for those that tests run as their files. Unpacked, since the host's Python compiles what is in an archive anew
# for each module: half a second of a processor.
MODULES = "/var/lib/lab/modules"
# Unlike what containers of tests run.
_HOLD = "sleep 7654"
# The processes of modules that were started by one way of running playbooks.
_STARTED = "/run/lab-modules"


def lacking() -> str | None:
    """Why no lab can be run on this machine, or None."""
    if os.geteuid() != 0:
        return "lab hosts need root"
    needed = ("docker", "dockerd", "debootstrap", "busybox", "ssh", "ssh-keygen", "ip", "iptables-save")
    absent = [name for name in needed if shutil.which(name) is None]
    if absent:
        packages = " ".join(sorted({PACKAGE_OF[name] for name in absent}))
        return f"lab hosts need {', '.join(absent)} (apt-get install {packages})"
    return None


def _shared() -> Paths:
    """The lab whose images, packages and key the tests' own labs use."""
    return Paths.from_environment(os.environ)


def _cache_of(worker: str) -> Path:
    return Path(f"{_shared().cache}-tests{worker and '-'}{worker}")


def own_lab() -> Lab:
    """The tests' own lab, which nobody works on by hand, one for each process of the tests."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    shared = _shared()
    if "SEAWALL_LAB_CACHE" in os.environ and not worker:
        return Lab.at(shared)
    shared.create()
    paths = Paths(_cache_of(worker))
    paths.cache.mkdir(mode=0o700, exist_ok=True)
    for theirs, ours in (
        (shared.images, paths.images),
        (shared.packages, paths.packages),
        (shared.key.parent, paths.key.parent),
    ):
        if not ours.exists():
            ours.symlink_to(theirs)
    return Lab.at(paths)


@contextmanager
def _one_at_a_time() -> t.Iterator[None]:
    """Labs share images, and an engine that one of them starts: what makes and ends these is done by one at a time."""
    shared = _shared()
    shared.create()
    with (shared.state / "tests.lock").open("w", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def stop_engine() -> None:
    """Stop the engine that the lab of one of the processes started. A lab that ends leaves it to those that still use it."""
    if os.environ.get("SEAWALL_LAB_KEEP"):
        return
    cache = _cache_of("gw")
    for one in sorted(cache.parent.glob(f"{cache.name}*")):
        Lab.at(Paths(one)).down([], everything=True)


class Play(t.NamedTuple):
    """One run of ansible-playbook."""

    status: int
    output: str

    @property
    def last_failure(self) -> str:
        """The line with which Ansible says what ended the play. A host that is ended after that refers to what was said."""
        failures = [line for line in self.output.splitlines() if "FAILED! =>" in line or "[ERROR]: Task failed" in line]
        return [line for line in failures if "see above" not in line][-1]


class LabHost:
    """A host that runs. Everything but ``run`` fails where the command on the host does."""

    def __init__(self, address: Address, key: Path, work: Path) -> None:
        self.name = address.recipe.name
        self.service_manager = address.recipe.service_manager
        self._remote = Remote(address, key)
        self._work = work
        self.inventory = work / f"{self.name}.yml"
        self.inventory.write_text(render([address], key), encoding="utf-8")
        self._control = work / f"{self.name}.ssh"
        self._master: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Note what the host is like, so that it can be that again."""
        self._log_in()
        self.shell(_SAVE, stdin=local_image())
        self.write(f"{MODULES}.zip", direct_module.archive())
        self.shell(f"rm -rf {MODULES} && python3 -m zipfile -e {MODULES}.zip {MODULES}")

    def _log_in(self) -> None:
        words = [word for word in self._remote.command("true") if word != "true"]
        # One login for all commands. In a process of its own, so that it ends with the tests.
        self._master = subprocess.Popen(
            [*words[:-1], "-MNS", str(self._control), words[-1]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def close(self) -> None:
        if self._master is not None:
            self._master.terminate()
            self._master.wait()

    def reset(self) -> None:
        """Make it a default installation again, with an engine that runs and has the one image."""
        self.shell(_RESET, timeout=180)

    def reboot(self, timeout: float = 600) -> None:
        """Reboot a virtual machine, and wait for its engine."""
        ask = "cat /proc/sys/kernel/random/boot_id"
        before = self.shell(ask)
        self.run("systemctl reboot")
        self.close()
        deadline = time.monotonic() + timeout
        while self.run(f'test "$({ask})" != {before.strip()} && docker version').returncode != 0:
            assert time.monotonic() < deadline, f"{self.name} did not come back"
            time.sleep(2)
        self._log_in()

    def run(self, *words: str, stdin: bytes | str = b"", timeout: float = 180) -> subprocess.CompletedProcess[str]:
        """Run a command there, or one word as a line of shell; its status is the caller's to judge."""
        command = self._remote.command(*words)
        content = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [command[0], "-S", str(self._control), *command[1:]],
            input=content,
            capture_output=True,
            check=False,
            timeout=timeout,
        )
        texts = (part.decode("utf-8", "replace") for part in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(words, done.returncode, *texts)

    def shell(self, script: str, stdin: bytes | str = b"", timeout: float = 180) -> str:
        """Run a script there, and return what it says."""
        done = self.run(f"sh -c {shlex.quote(script)}", stdin=stdin, timeout=timeout)
        assert done.returncode == 0, f"{self.name}: {done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path: str, content: bytes | str, mode: int = 0o644) -> None:
        quoted = shlex.quote(path)
        self.shell(f"mkdir -p $(dirname {quoted}) && cat > {quoted} && chmod {mode:o} {quoted}", stdin=content)

    def read(self, path: str) -> str | None:
        """What a file holds, character by character; None where there is none."""
        quoted = shlex.quote(path)
        said = self.shell(f"test -e {quoted} || exit 0; echo there; cat {quoted}")
        return said.split("\n", 1)[1] if said else None

    def docker(self, *words: str) -> str:
        """A docker command line there, and what it prints."""
        done = self.run("docker", *words)
        assert done.returncode == 0, f"{self.name}: docker {shlex.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def container(self, name: str, *options: str, command: Sequence[str] = ("sleep", "3600")) -> str:
        """Start a container and return its id. It is ended a second after it was asked; Docker itself waits ten."""
        return self.docker("run", "--detach", "--name", name, "--stop-timeout", "1", *options, IMAGE, *command)

    def info(self) -> Result:
        """The engine's own account of itself."""
        return t.cast(Result, json.loads(self.docker("info", "--format", "{{json .}}")))

    def engine_pid(self) -> int:
        return int(self.shell("cat /run/docker.pid"))

    def service(self, word: str) -> None:
        """Stop, start or restart the engine in the way of this host."""
        if self.service_manager == "systemd":
            units = "docker.socket docker.service" if word == "stop" else "docker.service"
            self.shell(f"systemctl reset-failed docker.service docker.socket; systemctl {word} {units}")
        else:
            self.shell(f"/etc/init.d/docker {word}")
        if word != "stop":
            self.shell("for try in $(seq 150); do docker version >/dev/null 2>&1 && exit; sleep 0.2; done; exit 1")

    def module(self, name: str, arguments: Result | None = None, *flags: str) -> Result:
        """One module there, run as its file; its result, with ``failed``."""
        start = "import runpy, sys; runpy.run_module(sys.argv.pop(), None, '__main__', True)"
        words = ("env", f"PYTHONPATH={MODULES}", "/usr/bin/python3", "-c", start, direct_module.module_name(name))
        # A shell that stays tells that the module was killed; SSH itself would only say that something went wrong.
        line = f"{shlex.join(words)}; exit $?"
        done = self.run(line, stdin=direct_module.input_of(arguments or {}, flags), timeout=400)
        return direct_module.result_of(name, done)

    def task(self, name: str, arguments: Result | None = None, *flags: str) -> Result:
        """The same through Ansible, with the module's action plugin."""
        words = [str(BIN / "ansible"), "-i", str(self.inventory), self.name, "--one-line", *flags]
        words += ["-m", f"seawall.docker.{name}", *(["-a", json.dumps(arguments)] if arguments else [])]
        return result_of(self._ansible(words, 400))

    def playbook(
        self,
        playbook: str | Path,
        variables: Result | None = None,
        *arguments: str,
        timeout: float = 600,
        where: Path | None = None,
    ) -> Play:
        """A playbook against it, as a user runs one; ``where`` is the directory in which the command is typed."""
        done = self._ansible(self._play(playbook, variables, arguments), timeout, where)
        return Play(done.returncode, done.stdout + done.stderr)

    @contextmanager
    def _playing(self, words: list[str]) -> t.Iterator[tuple[subprocess.Popen[bytes], Path]]:
        """A playbook that runs in a session of its own, and the file of what it says."""
        said = self._work / f"{self.name}.said"
        with (
            said.open("wb") as stream,
            subprocess.Popen(
                words,
                env=playbook_environment(self._work),
                cwd=self._work,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as running,
        ):
            yield running, said

    def kill_playbook(self, playbook: str | Path, variables: Result | None, sign: str) -> None:
        """Start a playbook, and kill it once the shell line ``sign`` succeeds on the host: no module begins after that."""
        held = self.python_behind(f"if {sign}; then exec {_HOLD}; fi")
        words = self._play(playbook, {**(variables or {}), "ansible_python_interpreter": held}, ())
        with self._playing(words) as (running, said):
            try:
                while self.run(sign).returncode != 0:
                    assert running.poll() is None, f"the play ended before {sign}: {said.read_text(errors='replace')}"
            finally:
                self._kill(running)
                self.run(f"pkill -KILL -fx {shlex.quote(_HOLD)}")

    def _kill(self, running: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):  # it has ended
            os.killpg(running.pid, signal.SIGKILL)
        # Its workers are sessions of their own.
        subprocess.run(["pkill", "-KILL", "-f", f"ansible-playbook -i {self.inventory} "], check=False)

    def kill_playbook_after(self, playbook: str | Path, variables: Result, seconds: float) -> Play | None:
        """Start a playbook and kill it after so many seconds. None if it was killed, or how it ended if that was before.

        Modules that run on the host work on. ``modules`` are their processes.
        """
        known = self.python_behind(f"echo $$ >> {_STARTED}")
        words = self._play(playbook, {**variables, "ansible_python_interpreter": known}, ())
        with self._playing(words) as (running, said):
            try:
                status = running.wait(seconds)
            except subprocess.TimeoutExpired:
                self._kill(running)
                return None
        return Play(status, said.read_text(encoding="utf-8", errors="replace"))

    def modules(self) -> list[int]:
        """The processes of modules that ``kill_playbook_after`` left to work."""
        script = f"for pid in $(cat {_STARTED}); do tr '\\0' ' ' < /proc/$pid/cmdline | grep -q python && echo $pid; done; true"
        return [int(one) for one in self.shell(script).split()]

    def python_behind(self, script: str) -> str:
        """An interpreter for Ansible, which runs this script before every module."""
        path = "/etc/python"
        self.write(path, f'#!/bin/sh\n{script}\nexec /usr/bin/python3 "$@"\n', 0o755)
        return path

    def _play(self, playbook: str | Path, variables: Result | None, arguments: Sequence[str]) -> list[str]:
        words = [str(BIN / "ansible-playbook"), "-i", str(self.inventory), "-e", json.dumps(variables or {})]
        return [*words, str(playbook), *arguments]

    def _ansible(self, words: list[str], timeout: float, where: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            env=playbook_environment(self._work),
            cwd=where or self._work,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )


class LabHosts:
    """The hosts of one test session, each started when it is first wanted, and gone afterwards."""

    def __init__(self, work: Path) -> None:
        self._lab = own_lab()
        self._work = work
        self._hosts: dict[str, LabHost] = {}
        # For working on tests: hosts that stay are there at once next time.
        self._keep = bool(os.environ.get("SEAWALL_LAB_KEEP"))

    def get(self, *names: str) -> list[LabHost]:
        """Hosts as a default installation leaves them."""
        absent = [name for name in names if name not in self._hosts]
        if absent:
            with _one_at_a_time():
                self._lab.up([RECIPES[name] for name in absent], fresh=not self._keep)
            for name in absent:
                address = self._lab.address(RECIPES[name])
                assert address is not None
                self._hosts[name] = LabHost(address, self._lab.paths.key, self._work)
                self._hosts[name].prepare()
        found = [self._hosts[name] for name in names]
        on_each(found, LabHost.reset)
        return found

    def container_of(self, host: LabHost) -> str:
        """The name by which the machine's engine knows a container host."""
        return container_name(RECIPES[host.name], self._lab.paths.cache)

    def close(self) -> None:
        for host in self._hosts.values():
            host.close()
        if not self._keep:
            with _one_at_a_time():
                self._lab.down([RECIPES[name] for name in self._hosts], everything=True)


Answer = t.TypeVar("Answer")


def on_each(hosts: Sequence[LabHost], action: Callable[[LabHost], Answer]) -> dict[str, Answer]:
    """Do the same on several hosts at once, and return what came of it by the host's name. Raises the first error."""
    with ThreadPoolExecutor(max_workers=max(len(hosts), 1)) as pool:
        return dict(zip([host.name for host in hosts], pool.map(action, hosts), strict=True))
