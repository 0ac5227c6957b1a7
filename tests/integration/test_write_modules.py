# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that write, against a real engine: what they change, what they refuse, and the way back."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore, back_up
from ansible_collections.seawall.docker.plugins.module_utils._host.looks import look
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart import transaction
from ansible_collections.seawall.docker.plugins.module_utils._restart.engine_state import snapshot
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import RestartFailure, Settings, World
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service
from ansible_collections.seawall.docker.tests.support.direct_module import Result, run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost

CONFIG = "/etc/docker/daemon.json"
# An engine keeps a plugin that it makes itself, and does not enable it.
_PLUGIN = """
set -e; mkdir -p /run/gate/rootfs
echo '{"entrypoint": ["/gate"], "interface": {"types": ["docker.authz/1.0"], "socket": "gate.sock"}}' > /run/gate/config.json
docker plugin create gate /run/gate; rm -r /run/gate
"""


def tried_and_foreseen(host: IsolatedHost, work: Path, arguments: Result) -> str:
    """Why daemon_config fails, which check mode must have said in the same sentence."""
    foreseen = run_module(host, "daemon_config", arguments, "--check")
    tried = run_module(host, "daemon_config", arguments)
    assert foreseen["failed"] and tried["failed"] and foreseen["msg"] == tried["msg"]
    return str(tried["msg"])


class Manual(Service):
    """An engine that the test starts, so that restarts can be tried where no service manager runs."""

    manager = "manual"

    def __init__(self, host: IsolatedHost) -> None:
        self.host = host

    def pid(self) -> int | None:
        pid = self.host.daemon_pid()
        alive = pid is not None and os.path.exists(f"/proc/{pid}/stat") and self.failure() is None
        return pid if alive else None

    def failure(self) -> str | None:
        daemon = self.host._daemon
        return "the engine ended" if daemon is None or daemon.poll() is not None else None

    def restart(self, seconds: float) -> None:
        self.stop(seconds)
        self.start(seconds)

    def stop(self, seconds: float) -> None:
        daemon = self.host._daemon
        assert daemon is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(daemon.pid, signal.SIGTERM)
        daemon.wait(seconds)

    def start(self, seconds: float) -> None:
        with self.host.log.open("ab") as log:
            command = self.host.command("dockerd")
            self.host._daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def log_mark(self) -> str:
        return str(self.host.log.stat().st_size)

    def log_tail(self, mark: str) -> list[str]:
        return self.host.log.read_bytes()[int(mark) :].decode("utf-8", "replace").splitlines()[-50:]


def _command(words: list[str], **_unused: t.Any) -> tuple[int, str, str]:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def running(host: IsolatedHost, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[tuple[IsolatedHost, World, Path]]:
    """A fresh engine, the means to restart it, and its configuration file as seen from here."""
    monkeypatch.setattr(config_records, "DIRECTORY", str(host.state / "notes"))
    # An absent file and no leftovers.
    shutil.rmtree(host.state / "etc-docker" / "backups", ignore_errors=True)
    host.start()
    try:
        yield (
            host,
            World(Host(_command), Manual(host), host.socket_path),
            host.state / "etc-docker" / "daemon.json",
        )
    finally:
        host.docker("sh", "-c", "docker ps -aq | xargs -r docker rm -f")
        host.stop()


def restart(world: World, path: Path, config: Result, settings: Settings) -> tuple[Result, Restore]:
    """Write a configuration as a play would, and have the engine take it over."""
    seen = look(str(path))
    backup = back_up(str(path), seen)
    path.write_text(json.dumps(config), encoding="utf-8")
    restore = Restore(str(path), backup)
    before = snapshot(UnixEngine(world.socket, 10))
    done = transaction.carry_out(world, settings._replace(restore=[restore]), before, str(path))
    return done, restore


PLAIN = Settings("restart", 60)


def _waits_long(host: IsolatedHost, name: str) -> bool:
    """Whether the engine waits some seconds and more until it starts the container again: twice as long each time."""
    shown = host.docker("inspect", "--format", "{{.RestartCount}} {{.State.Status}}", name).stdout.split()
    return int(shown[0]) >= 6 and shown[1] == "restarting"


@pytest.mark.parametrize("live_restore", [False, True])
def test_the_forecast_is_what_happens(running: tuple[IsolatedHost, World, Path], live_restore: bool) -> None:
    host, world, path = running
    if live_restore:
        restart(world, path, {"live-restore": True}, Settings("reload", 60, expect={"live_restore": True}))
    for policy in ("always", "on-failure"):
        host.container(f"failing-{policy}", "--restart", policy, command=("sh", "-c", "exit 3"))
    for policy in ("no", "always", "unless-stopped", "on-failure"):
        host.container(f"run-{policy}", "--restart", policy)
        host.container(f"stopped-{policy}", "--restart", policy)
        assert host.docker("stop", "-t", "1", f"stopped-{policy}").returncode == 0
        host.container(f"paused-{policy}", "--restart", policy)
        assert host.docker("pause", f"paused-{policy}").returncode == 0
        assert host.docker("create", "--name", f"created-{policy}", "--restart", policy, IMAGE, "true").returncode == 0
    host.container("removed", "--rm")
    for name in ("failing-always", "failing-on-failure"):
        IsolatedHost._wait(lambda name=name: _waits_long(host, name), 30, f"{name} is not waiting to be started again")
    settings = PLAIN._replace(live_restore_after=live_restore)
    done, _restore = restart(world, path, {"live-restore": live_restore, "icc": False}, settings)
    told = {entry["name"]: entry["outcome"] for entry in done["forecast"]}
    same = {"keeps_running": "kept", "deleted": "vanished"}
    became = {entry["name"]: entry["change"] for entry in done["containers"]}
    assert became == {name: same.get(outcome, outcome) for name, outcome in told.items()}
    assert len(became) == 19
    assert told["failing-always"] == "restarted"
    assert told["failing-on-failure"] == ("stopped" if live_restore else "restarted")
    assert done["canary"]["state"] == "passed" and done["canary"]["uid_map"][0]["outside"] == 0
    left = host.docker(
        "sh", "-c", "docker ps -aq --filter label=seawall.docker.canary; docker images -q seawall-canary"
    )
    assert left.stdout == ""


@pytest.mark.parametrize(
    ("config", "seconds", "said"),
    [
        ({"storage-driver": "nope"}, 60, "error initializing graphdriver: driver not supported"),
        ({"seccomp-profile": "/nope.json"}, 60, "/nope.json"),
        ({"userns-remap": "ghost"}, 60, 'Error during uid lookup for "ghost"'),
        ({"authorization-plugins": ["nope"]}, 2, "did not answer within 2 seconds"),
    ],
)
def test_what_does_not_start_is_taken_back(
    running: tuple[IsolatedHost, World, Path], config: Result, seconds: float, said: str
) -> None:
    host, world, path = running
    path.write_bytes(b'{ "debug" :true }\r\n')
    with pytest.raises(RestartFailure) as failure:
        restart(world, path, config, Settings("restart", seconds))
    assert said in str(failure.value) and "the engine runs with them" in str(failure.value)
    assert failure.value.details["rolled_back"] is True
    assert path.read_bytes() == b'{ "debug" :true }\r\n'
    assert host.docker("info").returncode == 0


def test_an_engine_that_runs_no_containers_is_taken_back(running: tuple[IsolatedHost, World, Path]) -> None:
    host, world, path = running
    with pytest.raises(RestartFailure, match="cannot run a container") as failure:
        restart(world, path, {"log-driver": "nope"}, PLAIN)
    assert failure.value.details["rolled_back"] is True and not path.exists()
    assert host.docker("run", "--rm", "--network", "none", IMAGE, "id").returncode == 0


def test_a_refused_reload_is_taken_back_at_once(running: tuple[IsolatedHost, World, Path]) -> None:
    _host, world, path = running
    began = time.monotonic()
    with pytest.raises(RestartFailure, match="refused its new configuration") as failure:
        restart(world, path, {"default-runtime": "nope"}, Settings("reload", 60))
    assert failure.value.details["rolled_back"] is True and not path.exists()
    assert time.monotonic() - began < 15


def test_what_a_reload_took_over_is_forgotten(running: tuple[IsolatedHost, World, Path]) -> None:
    host, world, path = running
    path.write_text('{"labels": ["old=1"]}', encoding="utf-8")
    Manual(host).reload()
    # The engine answers a signal when it comes to it.
    for _try in range(200):
        if "old=1" in host.docker("info", "--format", "{{json .Labels}}").stdout:
            break
        time.sleep(0.05)
    new: Result = {
        "default-runtime": "other",
        "runtimes": {"other": {"path": "/nope"}},
        "debug": True,
        "labels": ["new=1"],
    }
    with pytest.raises(RestartFailure, match="cannot run a container.*and the engine runs with them") as failure:
        restart(world, path, new, Settings("reload", 60))
    assert failure.value.details["rolled_back"] is True and path.read_text(encoding="utf-8") == '{"labels": ["old=1"]}'
    info = json.loads(host.docker("info", "--format", "{{json .}}").stdout)
    assert (info["DefaultRuntime"], info["Debug"], info["Labels"]) == ("runc", False, ["old=1"])
    assert host.docker("run", "--rm", "--network", "none", IMAGE, "id").returncode == 0


def test_without_a_way_back_both_errors_are_told(running: tuple[IsolatedHost, World, Path]) -> None:
    host, world, path = running
    path.write_text('{"storage-driver": "nope"}', encoding="utf-8")
    before = snapshot(UnixEngine(world.socket, 10))
    with pytest.raises(RestartFailure, match="does not come up with them either") as failure:
        transaction.carry_out(world, PLAIN, before, str(path))
    assert failure.value.details["rolled_back"] is False and failure.value.details["rollback_error"]
    path.unlink()
    Manual(host).start(10)
    IsolatedHost._wait(host.answers, 30, "no answer")


def test_options_are_merged_checked_and_remembered(host: IsolatedHost, tmp_path: Path) -> None:
    host.start("--icc=false")
    try:
        original = '{\n    "labels": ["a=b"],\n    "max-concurrent-downloads": 4\n}\n'
        host.write(CONFIG, original)

        def config(arguments: Result, *flags: str) -> Result:
            return run_module(host, "daemon_config", arguments, *flags)

        def content() -> str:
            return host.run("cat", CONFIG).stdout

        secret = {"log-opts": {"splunk-url": "https://logs.example.com", "splunk-token": "hunter22hunter22"}}
        wanted = {"options": {"mtu": 1400, "log-driver": "splunk"}, "secret_options": secret}
        checked = config(wanted, "--check", "--diff")
        assert checked["changed"] and checked["needs"] == "restart" and content() == original
        done = config(wanted, "--diff")
        assert done["changed"] and set(done) >= {"path", "backup_file", "needs", "changed_keys"}
        assert "hunter22" not in json.dumps([checked, done]) and "hunter22" in content()
        assert content().startswith('{\n    "labels": ["a=b"],\n    "max-concurrent-downloads": 4,\n')
        assert host.run("cat", done["backup_file"]).stdout == original
        # Cut off here: the next run writes nothing, and knows what is outstanding and how to go back.
        again = config(wanted)
        assert not again["changed"] and again["pending"]
        assert (again["needs"], again["restore"]) == (done["needs"], done["restore"])
        # A change that may cost a reload is refused, since with it the engine would have to be restarted.
        limited = config({"options": {"debug": True}, "max_needs": "reload"})
        assert (
            limited["failed"] and "the engine needs a restart" in limited["msg"] and "log-opts, mtu" in limited["msg"]
        )
        assert '"debug"' not in content()
        # One more change before the restart still goes back to what the engine runs with.
        more = config({"options": {"debug": True}})
        assert more["changed"] and more["needs"] == "restart" and more["restore"] == done["restore"]
        assert set(more["changed_keys"]) == {"mtu", "log-driver", "log-opts", "debug"}

        refused = config({"options": {"icc": False}})
        assert refused["failed"] and "already the flag --icc" in refused["msg"]
        before = content()
        for arguments in (
            {"options": {"nonsense": 1}},
            {"options": {"mtu": "x"}},
            {"options": {"proxies": {}, "x": 1}},
        ):
            assert config(arguments)["failed"] and content() == before
        assert config({"options": {"userns-remap": "ghost"}})["msg"].startswith("userns-remap: there is no user ghost")
        gate = {"options": {"authorization-plugins": ["gate"]}}
        assert "there is no plugin 'gate'" in config(gate)["msg"] and content() == before
        made = host.run("sh", "-c", _PLUGIN)
        assert made.returncode == 0, made.stderr
        assert "the plugin 'gate' is disabled" in config(gate)["msg"] and content() == before

        host.write(CONFIG, '{\n  "debug": true,\n}\n')
        invalid = config({"options": {"mtu": 1300}})
        assert invalid["failed"] and "line 3, column 1" in invalid["msg"]
        assert content() == '{\n  "debug": true,\n}\n'
    finally:
        host.run("sh", "-c", f"rm -f {CONFIG}*; rm -rf /run/seawall.docker")
        host.stop()


def test_a_full_disk_leaves_the_old_file(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    script = (
        "mount -t tmpfs -o size=16k,mode=755 tmpfs /etc/docker; printf '{\"debug\": true}' > /etc/docker/daemon.json; "
    )
    script += "dd if=/dev/zero of=/etc/docker/fill bs=4k 2>/dev/null; true"
    try:
        host.run("sh", "-c", script)
        for backup in (True, False):
            failed = tried_and_foreseen(host, tmp_path, {"options": {"mtu": 1400}, "backup": backup})
            assert "is full" in failed and "unchanged" in failed
        # Room for the backup, but not for the new file beside it.
        assert host.run("truncate", "--size=-4096", "/etc/docker/fill").returncode == 0
        failed = tried_and_foreseen(host, tmp_path, {"options": {"mtu": 1400}})
        assert "is full" in failed and "no backup" not in failed
        assert host.run("cat", CONFIG).stdout == '{"debug": true}'
        assert host.run("ls", "-A", "/etc/docker").stdout.split() == ["daemon.json", "fill"]
        # Without the fault of the disk: an immutable file, an immutable directory, a read-only mount.
        assert host.run("rm", "/etc/docker/fill").returncode == 0
        for protected in (CONFIG, "/etc/docker"):
            done = host.run("chattr", "+i", protected)
            assert done.returncode == 0, done.stderr
            failed = tried_and_foreseen(host, tmp_path, {"options": {"mtu": 1400}, "backup": False})
            assert host.run("chattr", "-i", protected).returncode == 0
            assert f"{CONFIG} is unchanged" in failed and f"{protected} is immutable" in failed
        assert host.run("mount", "-o", "remount,ro", "/etc/docker").returncode == 0
        failed = tried_and_foreseen(host, tmp_path, {"options": {"mtu": 1400}})
        assert f"{CONFIG} is unchanged" in failed and "mounted read-only" in failed
        assert host.run("ls", "-A", "/etc/docker").stdout.split() == ["daemon.json"]
    finally:
        host.run("umount", "/etc/docker")
        host.stop()


def test_an_engine_that_nothing_manages_is_left_alone(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    try:
        changed = run_module(host, "daemon_config", {"options": {"icc": False}})
        pid = host.daemon_pid()
        refused = run_module(host, "engine_restart", {"mode": "restart", "restore": changed["restore"]})
        assert refused["failed"] and "no service manager runs the engine (process" in refused["msg"]
        assert refused["restored"] == [CONFIG] and host.run("ls", CONFIG).returncode != 0
        assert host.daemon_pid() == pid and host.answers()
        assert run_module(host, "engine_restart", {"mode": "none"})["changed"] is False

        changed = run_module(host, "daemon_config", {"options": {"icc": False}})
        entries = [*changed["restore"], {"path": "/etc/shadow", "backup_file": "/etc/passwd"}]
        undone = run_module(host, "undo", {"restore": entries})
        assert undone["failed"] and undone["restored"] == [CONFIG] and host.run("ls", CONFIG).returncode != 0
        (left,) = undone["left"]
        assert left.startswith("/etc/shadow: ") and "neither the configuration file of the engine" in left
        assert host.daemon_pid() == pid
    finally:
        host.stop()


@pytest.fixture
def private_etc() -> t.Iterator[IsolatedHost]:
    """A host whose /etc is its own, since files that are mounts of their own cannot be replaced."""
    with IsolatedHost() as isolated:
        done = isolated.run("sh", "-c", "cp -a /etc /run/etc && mount --bind /run/etc /etc && useradd -r dockremap")
        assert done.returncode == 0, done.stderr
        isolated.write("/etc/subuid", "# ours\nalice:100000:65536\r\nbob:231072:65536")
        isolated.write("/etc/subgid", "alice:100000:65536\n")
        yield isolated


def test_a_host_in_a_user_namespace_is_refused_ids_that_it_does_not_have(
    private_etc: IsolatedHost, tmp_path: Path
) -> None:
    # In a user namespace with root as its only id, whose kernel limit of further ones is its own.
    inside = ("unshare", "--user", "--map-root-user")
    done = run_module(private_etc, "subid", {"user": "dockremap"}, "--check", before=inside)
    assert (
        done["failed"] and "this host does not have them (it is in a user namespace with the ids 0 to 0)" in done["msg"]
    )


# unshare(1) cannot map all ids.
_ALL_IDS_AND_NO_NAMESPACE = """
import ctypes, os, sys
ready, mapped = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    assert ctypes.CDLL(None).unshare(0x10000000) == 0
    os.write(ready[1], b"x")
    os.read(mapped[0], 1)
    with open("/proc/sys/user/max_user_namespaces", "w") as limit:
        limit.write("0")
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(ready[0], 1)
for name in ("uid_map", "gid_map"):
    with open(f"/proc/{child}/{name}", "w") as map_of_ids:
        map_of_ids.write("0 0 4294967295")
os.write(mapped[1], b"x")
sys.exit(os.WEXITSTATUS(os.waitpid(child, 0)[1]))
"""


def test_a_host_whose_kernel_allows_no_user_namespaces_is_refused_remapping(
    private_etc: IsolatedHost, tmp_path: Path
) -> None:
    """Every user namespace has a limit of its own: here all ids of the machine, and no further namespace."""
    for path in ("/etc/subuid", "/etc/subgid"):
        private_etc.write(path, "dockremap:400000:65536\n")
    inside = (sys.executable, "-c", _ALL_IDS_AND_NO_NAMESPACE)
    made = private_etc.run(*inside, "unshare", "--user", "true")
    assert made.returncode != 0 and "unshare failed" in made.stderr
    options = {"options": {"userns-remap": "dockremap"}}
    refused = run_module(private_etc, "daemon_config", options, before=inside)
    assert refused["failed"] and "user.max_user_namespaces is 0" in refused["msg"], refused
    seen = run_module(private_etc, "userns_info", {}, before=inside)
    assert seen["userns"]["max_user_namespaces"] == 0
    allowed = run_module(private_etc, "daemon_config", options, "--check")
    assert allowed["changed"] and not allowed["failed"], allowed


def test_a_remapped_user_that_the_engine_creates_is_refused_exactly_where_the_engine_does_not_start(
    private_etc: IsolatedHost, tmp_path: Path
) -> None:
    host = private_etc
    for subuid, refused in (
        (None, "/etc/subuid does not exist"),
        ("alice:abc:9\n", "/etc/subuid: line 1 "),
        ("", None),
    ):
        host.run("sh", "-c", f"userdel dockremap; rm -f /etc/subuid {CONFIG}; : > /etc/subgid")
        if subuid is not None:
            host.write("/etc/subuid", subuid)
        done = run_module(host, "daemon_config", {"options": {"userns-remap": "default"}})
        if refused is None:
            assert done["changed"] and not done.get("failed"), done
            host.start("--userns-remap=default", images=False)
            host.stop()
            continue
        assert done["failed"] and done["msg"].startswith(f"userns-remap: {refused}"), done
        with pytest.raises(RuntimeError, match='Error during "dockremap" user creation'):
            host.start("--userns-remap=default", images=False)
        host.stop()


def test_subordinate_ids_in_both_files_or_none(private_etc: IsolatedHost, tmp_path: Path) -> None:
    host = private_etc

    def subid(**arguments: t.Any) -> Result:
        flags = arguments.pop("flags", [])
        return run_module(host, "subid", {"user": "dockremap", **arguments}, *flags)

    def files() -> list[str]:
        return [host.run("cat", path).stdout for path in ("/etc/subuid", "/etc/subgid")]

    # Text mode would hide the carriage return.
    assert host.run("sh", "-c", "grep -c '\r' /etc/subuid").stdout.strip() == "1"
    original = files()
    assert subid(flags=["--check"])["start"] == 165536 and files() == original
    done = subid()
    assert done["changed"] and (done["start"], done["count"]) == (165536, 65536)
    assert files() == [f"{original[0]}\ndockremap:165536:65536\n", f"{original[1]}dockremap:165536:65536\n"]
    assert host.run("sh", "-c", "grep -c '\r' /etc/subuid").stdout.strip() == "1"
    assert not subid()["changed"]
    assert host.run("sh", "-c", "ls /etc/subuid.lock /etc/subgid.lock").returncode != 0

    # Shadow's own tools read the result, and their lock is respected.
    assert host.run("usermod", "-v", "300000-300010", "dockremap").returncode == 0
    host.write("/etc/subgid.lock", f"{os.getpid()}")
    blocked = subid(state="absent")
    assert blocked["failed"] and f"held by process {os.getpid()}" in blocked["msg"]
    host.run("rm", "/etc/subgid.lock")

    host.write("/etc/subuid", "alice:abc:65536\ndockremap:165536:65536\n")
    refused = subid()
    assert refused["failed"] and refused["malformed"][0]["text"] == "alice:abc:65536"
    gone = subid(state="absent", lenient=True)
    assert gone["changed"] and files() == ["alice:abc:65536\n", original[1]]
    assert host.run("sh", "-c", "test $(stat -c %a /etc/subuid) = 644").returncode == 0


# Beside each: what the module says, and what the engine does.
_LACKING: tuple[tuple[Result, str, str], ...] = (
    ({"group": "nope"}, "group: there is no group 'nope'", "group nope not found"),
    ({"seccomp-profile": "/nope.json"}, "seccomp-profile: there is no file", "opening seccomp profile"),
    ({"tls": True, "tlscert": "/nope", "tlskey": "/nope"}, "tlscert: there is no file", "Could not load X509 key pair"),
    ({"tls": True}, "tlscert: TLS is on and the file names no tlscert", "Could not load X509 key pair"),
    ({"tlsverify": False}, "tlscert: TLS is on and the file names no tlscert", "Could not load X509 key pair"),
    ({"storage-opts": ["dm.basesize=10G"]}, "storage-opts[0]: the storage driver ", "error initializing graphdriver"),
)


def test_what_the_host_lacks_is_refused_exactly_where_the_engine_does_not_start(
    host: IsolatedHost, tmp_path: Path
) -> None:
    host.start(images=False)
    for options, said, _of_engine in _LACKING:
        for flags in ({"_ansible_check_mode": True}, {}):
            done = run_module(host, "daemon_config", {"options": options, **flags})
            assert done["failed"] and done["msg"].startswith(said), done
    kept = run_module(host, "daemon_config", {"options": {"group": "4711", "tlscert": "/nope"}})
    assert kept["changed"] and not kept.get("failed"), kept
    host.stop()
    host.start(images=False, keep_config=True)
    host.stop()
    for options, _said, of_engine in _LACKING:
        with pytest.raises(RuntimeError, match=of_engine):
            host.start(config=options, images=False)
        host.stop()
