# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on the proof and the canary: data of others to be removed by them, and proofs that nobody gave."""

from __future__ import annotations

import http.server
import json
import os
import re
import secrets
import shutil
import signal
import socketserver
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._trial import canary as trial_canary
from ansible_collections.seawall.docker.plugins.module_utils._trial import isolation_proof, proving
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import Program, Shell
from ansible_collections.seawall.docker.plugins.module_utils._trial.isolation_proof import Request
from ansible_collections.seawall.docker.tests.integration.conftest import BIN, playbook_environment
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.record_here import run_command

Json = dict[str, t.Any]
RECORDS = "/run/seawall.docker"


def play(host: IsolatedHost, work: Path, **variables: t.Any) -> str:
    """What seawall.docker.prove says on the host."""
    extra = {
        "ansible_python_interpreter": sys.executable,
        "audit_report_directory": str(work / "reports"),
        **{f"prove_{name}": value for name, value in variables.items()},
    }
    words = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "-e", json.dumps(extra)]
    done = host.run(*words, "seawall.docker.prove", cwd=work, env=playbook_environment(work))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def forged(host: IsolatedHost, made: list[Json], mode: int = 0o600, owner: str = "0:0") -> str:
    """A record on the host, as of a run that was killed."""
    path = f"{RECORDS}/made-{secrets.token_hex(8)}.json"
    assert host.run("sh", "-c", f"install -d -m 700 {RECORDS}").returncode == 0
    document = {"engine": "/run/docker.sock", "process": "4194999/1", "made": made}
    host.write(path, json.dumps(document), mode)
    assert host.run("chown", owner, path).returncode == 0
    return path


def test_what_has_the_label_or_the_name_of_a_proof_is_not_ours(host: IsolatedHost, tmp_path: Path) -> None:
    """Containers inherit the labels of their images: with one label a database was killed and deleted."""
    host.start()
    try:
        script = (
            f"docker create --name seed {IMAGE} true && docker commit --change 'LABEL seawall.docker.proof=1' "
            "--change 'LABEL seawall.docker.canary=1' seed db:1 && docker rm seed"
        )
        assert host.docker("sh", "-c", script).returncode == 0
        database = host.docker("run", "-d", "--name", "prod-db", "db:1", "sleep", "3600").stdout.strip()
        assert database
        host.docker("run", "-d", "--name", "seawall-proof-0123456789ab", "db:1", "sleep", "3600")
        host.docker("tag", "db:1", "seawall-proof:0123456789ab")
        host.run("sh", "-c", "mkdir -p /run/seawall-proof-backup && echo kept > /run/seawall-proof-backup/file")
        # Records that another user could have written, or that say something else than the engine does.
        container = {"kind": "container", "name": "seawall-proof-ffffffffffff", "identifier": database, "image": "db:1"}
        true = {**container, "name": "seawall-proof-0123456789ab", "identifier": None}
        forged(host, [true], owner="1500:1500")
        forged(host, [true], mode=0o666)
        forged(host, [{**container, "name": "prod-db"}])
        forged(host, [container])
        forged(host, [{**true, "image": "seawall-proof:0123456789ab"}])
        forged(host, [{"kind": "image", "name": "db:1", "identifier": None, "image": None}])
        said = play(host, tmp_path)
        names = host.docker("ps", "--format", "{{.Names}}").stdout.split()
        assert sorted(names) == ["prod-db", "seawall-proof-0123456789ab"], said
        assert "has another name than the one that was made" in said and "made from another image" in said
        tags = host.docker("images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
        assert {"db:1", "seawall-proof:0123456789ab"} <= set(tags)
        assert host.run("cat", "/run/seawall-proof-backup/file").stdout == "kept\n"
    finally:
        host.run("rm", "-rf", RECORDS, "/run/seawall-proof-backup")
        host.docker("sh", "-c", "docker ps -aq | xargs -r docker rm -f")
        host.stop()


def test_what_a_killed_run_left_is_removed_and_told(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    try:
        before = host.docker("sh", "-c", "docker ps -aq; docker images -q").stdout
        words = [sys.executable, "-c", KILLED]
        run = subprocess.Popen(host.command(*words), env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        until(lambda: "seawall-proof-" in host.docker("ps", "--format", "{{.Names}}").stdout)
        # Killed as by the kernel that is out of memory: nothing can be cleared away.
        for pid in host.run("pgrep", "-f", "KILLED-HERE").stdout.split():
            os.kill(int(pid), signal.SIGKILL)
        run.wait()
        left = host.run("sh", "-c", f"ls {RECORDS}; ls /run").stdout
        assert "made-" in left and "seawall-proof-" in left
        said = play(host, tmp_path)
        line = re.search(r"Removed what an earlier run that was killed had left: (.*?)\.\"", said)
        assert line is not None and [word.split()[0] for word in line.group(1).split(", ")] == [
            "container",
            "image",
            "directory",
        ], said
        assert host.docker("sh", "-c", "docker ps -aq; docker images -q").stdout == before
        left = host.run("sh", "-c", f"ls {RECORDS}; ls /run").stdout
        assert "made-" not in left and "seawall-proof-" not in left
    finally:
        host.stop()


KILLED = """
# KILLED-HERE
import shutil
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._trial import isolation_proof as _isolation_proof
from ansible_collections.seawall.docker.plugins.module_utils._trial.isolation_proof import Request, run
from ansible_collections.seawall.docker.tests.support.record_here import run_command
_isolation_proof.judged = lambda *_: 1
_isolation_proof.Trap.look = lambda self: _isolation_proof.Seen(None, None, False, False)
run(Host(run_command), Request(None, "default", None, 60, False))
"""


def until(holds: t.Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


class MadeUp(http.server.BaseHTTPRequestHandler):
    """An engine that runs nothing: it reads trap and word from the request, and writes what a container would have."""

    identifier = "c" * 64
    # What it says the container's process is.
    process = 0

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_unused: t.Any) -> None:
        pass

    def answer(self, document: t.Any, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.45")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if "/containers/json" in self.path or "/images/json" in self.path:
            self.answer([])
        elif "/containers/" in self.path:
            state = {"Running": True, "Pid": self.process, "ExitCode": 0}
            self.answer({"Id": self.identifier, "Name": "/any", "State": state, "Config": {}})
        elif "/images/" in self.path:
            self.answer({"Id": f"sha256:{'d' * 64}"})
        else:
            self.answer({"ServerVersion": "26.1.5", "SecurityOptions": ["name=userns"], "ApiVersion": "1.45"})

    def do_HEAD(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/containers/create" in self.path:
            request = json.loads(body)
            mounts = request["HostConfig"].get("Mounts")
            if mounts:
                words = request["Entrypoint"]
                word = words[words.index("proof") + 1]
                control = Path(mounts[0]["Source"]) / "control"
                control.write_text(f"{word} began 0 100000 65536\n{word} ended 1 1\n", encoding="ascii")
            self.answer({"Id": self.identifier}, 201)
        elif self.path.endswith("/wait"):
            self.answer({"StatusCode": 0})
        else:
            self.answer({})

    def do_DELETE(self) -> None:
        self.answer({})


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Path]:
    """The made-up engine, taken for the host's. Whose a socket is, is another test's subject."""
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "records"))
    monkeypatch.setattr(MadeUp, "process", 0)
    path = tmp_path / "s"
    server = _Server(str(path), MadeUp)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    location = Location("running", f"unix://{path}", "option", True, None, None, None, None, "")

    def opened(host: Host, *_unused: t.Any) -> Context:
        return Context(host, location, UnixEngine(str(path), 10))

    monkeypatch.setattr(proving, "open_own_engine", opened)
    shell = Shell("/bin/sh", Program("/bin/sh", {"/sh": b"x"}, ["/sh"]), ["/sh"], "/")
    monkeypatch.setattr(proving, "find_shell", lambda *_unused: shell)
    try:
        yield path
    finally:
        server.shutdown()
        server.server_close()


def proved() -> Json:
    return isolation_proof.run(Host(run_command), Request(None, "default", None, 10, False))


def remapped() -> tuple[subprocess.Popen[bytes], int]:
    """A process that looks remapped, as any user can make one; the one to end, and the one to name."""
    words = ["unshare", "--user", "--pid", "--mount", "--fork", "--kill-child", "sleep", "600"]
    process = subprocess.Popen(words, start_new_session=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until(lambda: children.read_text(encoding="ascii").split() != [])
    child = int(children.read_text(encoding="ascii").split()[0])
    Path(f"/proc/{child}/uid_map").write_text("0 100000 65536\n", encoding="ascii")
    return process, child


def group_for(owner: int) -> Path:
    """A control group that carries the container's id, as systemd lets a user make in a group of their own."""
    line = next(
        line for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines() if " - cgroup" in line
    )
    version_two = " - cgroup2 " in line and line.split()[4] == "/sys/fs/cgroup"
    top = Path("/sys/fs/cgroup") if version_two else Path("/sys/fs/cgroup/pids")
    group = top / f"seawall-test-{secrets.token_hex(4)}" / f"docker-{MadeUp.identifier}.scope"
    group.mkdir(parents=True)
    os.chown(group.parent, owner, owner)
    os.chown(group, owner, owner)
    return group


def test_a_made_up_engine_proves_nothing(made_up: Path) -> None:
    """It writes what the container would have written; no container ever ran."""
    found = proved()
    assert found["verdict"] == "inconclusive" and "names no process" in found["reason"], found
    assert found["container_root_uid"] is None


@pytest.mark.parametrize("kind", ["another process", "a control group of a user", "a control group of root"])
def test_a_process_that_looks_like_a_container_proves_nothing(
    made_up: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    process, child = remapped()
    group = None
    try:
        monkeypatch.setattr(MadeUp, "process", child)
        expected = "is in no control group of the container"
        if kind != "another process":
            owner = 1500 if kind == "a control group of a user" else 0
            group = group_for(owner)
            (group / "cgroup.procs").write_text(str(child), encoding="ascii")
            expected = "user 1500 can change" if owner else "has nothing mounted on /trap"
        found = proved()
        assert found["verdict"] == "inconclusive" and expected in found["reason"], found
        engine = UnixEngine(str(made_up), 10)
        canary = trial_canary.run_canary(Host(run_command), engine, 10)
        # Only root's own control group shows whom the container's root is.
        assert (canary.uid_map is None) == (kind != "a control group of root"), canary
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if group is not None:
            until(lambda: not (group / "cgroup.procs").read_text(encoding="ascii").strip())
            group.rmdir()
            group.parent.rmdir()


def test_an_image_of_others_is_never_the_canary(host: IsolatedHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest image of the host was run where the host has no program: its owner decided over a rollback."""
    host.start()
    try:
        monkeypatch.setattr(config_records, "DIRECTORY", str(host.state / "records"))
        script = "mkdir -p /run/i/bin && cp -L $(command -v busybox) /run/i/bin/true && tar -C /run/i -c . | docker import - evil:1"
        host.docker("sh", "-c", script)
        monkeypatch.setattr(trial_canary, "find_program", lambda *_arguments: None)
        flown = trial_canary.run_canary(Host(run_command), UnixEngine(host.socket_path, 10), 20)
        assert flown.state == "skipped" and "no program that an image could be made of" in flown.note
        events = host.docker("sh", "-c", "docker events --since 1m --until 0s --filter event=start").stdout
        assert events == ""
    finally:
        host.stop()


def test_an_image_in_a_user_namespace_of_its_own_proves_nothing(host: IsolatedHost, tmp_path: Path) -> None:
    """An image whose shell looks remapped, says that it tried, and never did."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    host.write("/run/seccomp.json", '{"defaultAction": "SCMP_ACT_ALLOW"}')
    host.start("--seccomp-profile", "/run/seccomp.json")
    try:
        source = tmp_path / "sh.c"
        source.write_text(NESTED, encoding="ascii")
        root = host.state / "nested"
        (root / "bin").mkdir(parents=True)
        subprocess.run(["cc", "-static", "-O1", "-o", str(root / "bin/sh"), str(source)], check=True)
        assert host.docker("sh", "-c", f"tar -C {root} -c . | docker import - nested:1").returncode == 0
        said = play(host, tmp_path, image="nested:1")
        proof = json.loads((tmp_path / "reports/proofs/localhost.json").read_text(encoding="utf-8"))
        assert proof["verdict"] == "inconclusive" and proof["control_written"], said
        # Looked at before it has made its own, the process is root of the host, which proves as little.
        reasons = ("made a user namespace of its own", "root of the container is root of the host")
        assert any(one in proof["reason"] for one in reasons), said
    finally:
        host.stop()


NESTED = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int count, char **words) {
    int ready[2], mapped[2];
    char line[200], byte = 0;
    pipe(ready); pipe(mapped);
    pid_t parent = getpid();
    if (fork() == 0) { /* still root of the container: gives its parent a map to another user */
        read(ready[0], &byte, 1);
        sprintf(line, "/proc/%d/uid_map", parent);
        int map = open(line, O_WRONLY);
        write(map, "0 1000 1", 8);
        write(mapped[1], &byte, 1);
        _exit(0);
    }
    unshare(CLONE_NEWUSER);
    write(ready[1], &byte, 1);
    read(mapped[0], &byte, 1);
    setuid(0);
    for (int index = 1; index < count; index++)
        if (strcmp(words[index], "proof") == 0) {
            int control = open("/trap/control", O_WRONLY | O_APPEND);
            dprintf(control, "%s began 0 1000 1\n%s ended 1 1\n", words[index + 1], words[index + 1]);
        }
    sleep(30);
    return 0;
}
"""
