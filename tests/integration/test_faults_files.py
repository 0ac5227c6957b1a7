# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that cannot be written, were cut off while they were written, or are absurd: old or new, whole, never lost."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

from .conftest import BIN, run_in
from .test_write_modules import CONFIG, private_etc

__all__ = ["private_etc"]  # a fixture

OLD = '{\n    "labels": ["a=b"],\n\t"mtu" : 1400\n}\n'
SUBIDS = ("/etc/subuid", "/etc/subgid")


def content(host: IsolatedHost, *paths: str) -> list[bytes]:
    """What files hold, byte for byte; nothing where there is none."""
    script = 'for path; do base64 -w 0 "$path" 2>/dev/null; echo; done'
    lines = host.run("sh", "-c", script, "sh", *paths).stdout.split("\n")
    return [base64.b64decode(line) for line in lines[: len(paths)]]


def leftovers(host: IsolatedHost, directory: str) -> list[str]:
    return [
        name
        for name in host.run("ls", "-A", directory).stdout.split()
        if ".ansible-" in name or re.match("sub.id[.]", name)
    ]


@pytest.fixture
def etc_on_a_disk_of_its_own(private_etc: IsolatedHost) -> IsolatedHost:
    """/etc on a small file system, so that it can be filled or made read-only."""
    script = "mkdir /run/small && mount -t tmpfs -o size=32m,mode=755 tmpfs /run/small && cp -a /etc/. /run/small/ && mount --bind /run/small /etc"
    done = private_etc.run("sh", "-c", script)
    assert done.returncode == 0, done.stderr
    return private_etc


def fill(host: IsolatedHost, spare_pages: int) -> None:
    """Fill /etc but for so many pages of four kilobytes."""
    script = "dd if=/dev/zero of=/etc/fill bs=4k 2>/dev/null; size=$(stat -c %s /etc/fill); "
    script += f"truncate -s $((size - {spare_pages} * 4096)) /etc/fill"
    assert host.run("sh", "-c", script).returncode == 0


def test_a_full_disk_leaves_both_files_of_subordinate_ids(
    etc_on_a_disk_of_its_own: IsolatedHost, tmp_path: Path
) -> None:
    host = etc_on_a_disk_of_its_own
    # The second file needs more than the first, so that the disk is full when the first one is written already.
    host.write("/etc/subgid", "".join(f"u{n}:{200000 + n}:1\n" for n in range(4000)))
    before = content(host, *SUBIDS)
    for spare in (0, 1, 2, 4):
        fill(host, spare)
        for backup in (True, False):
            failed = run_module(host, "subid", {"user": "dockremap", "backup": backup})
            assert failed["failed"] and re.search("is full|No space left on device", failed["msg"]), (spare, failed)
            assert content(host, *SUBIDS) == before
            assert leftovers(host, "/etc") == []
    host.run("rm", "/etc/fill")
    assert run_module(host, "subid", {"user": "dockremap"})["changed"]


def test_the_first_file_is_put_back_where_the_second_cannot_be_written(
    etc_on_a_disk_of_its_own: IsolatedHost, tmp_path: Path
) -> None:
    host = etc_on_a_disk_of_its_own
    # A mount point of its own can be read, but nothing can be renamed over it.
    assert host.run("sh", "-c", "cp /etc/subgid /run/subgid && mount --bind /run/subgid /etc/subgid").returncode == 0
    before = content(host, *SUBIDS)
    failed = run_module(host, "subid", {"user": "dockremap"})
    assert failed["failed"] and "/etc/subuid is as it was before, too" in failed["msg"]
    assert content(host, *SUBIDS) == before


def test_a_read_only_etc_is_told_and_the_engine_goes_on(etc_on_a_disk_of_its_own: IsolatedHost, tmp_path: Path) -> None:
    host = etc_on_a_disk_of_its_own
    host.start()
    host.container("web")
    try:
        host.write(CONFIG, OLD)
        pid = host.daemon_pid()
        before = content(host, CONFIG, *SUBIDS)
        assert host.run("mount", "-o", "remount,ro", "/etc").returncode == 0
        for module, arguments in (
            ("daemon_config", {"options": {"icc": False}}),
            ("daemon_config", {"options": {"icc": False}, "backup": False}),
            ("subid", {"user": "dockremap"}),
            ("subid", {"user": "alice", "state": "absent"}),
        ):  # type: str, Result
            failed = run_module(host, module, arguments)
            assert failed["failed"] and "read-only" in failed["msg"].lower(), failed
        assert content(host, CONFIG, *SUBIDS) == before
        assert host.daemon_pid() == pid
        assert host.docker("ps", "--format", "{{.Names}}").stdout.split() == ["web"]
    finally:
        host.run("mount", "-o", "remount,rw", "/etc")
        host.stop()


# Runs a module's own function, and ends it like kill -9 before the Nth call that can change something on the disk.
_CUT = """
import os, shutil, signal, subprocess, sys
number, calls = int(sys.argv[1]), 0

def cut(name):
    real = getattr(os, name)
    def call(*arguments, **options):
        global calls
        if name != "open" or arguments[1] & (os.O_WRONLY | os.O_RDWR):
            calls += 1
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    setattr(os, name, call)

for name in ("open", "rename", "unlink", "link", "fchmod", "fchown", "fsync", "mkdir", "write", "setxattr"):
    cut(name)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
def command(words, **_unused):
    done = subprocess.run(words, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr
host = Host(command)
"""
_CONFIG = """
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.run import Request, run
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Wanted
run(host, Request(Wanted({"icc": False}), True, None, 30, False))
"""
_SUBID = """
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_run import Request, run
run(host, Request("dockremap", 65536, None, True, False, True, False))
"""


def cut_off(host: IsolatedHost, errand: str, number: int) -> bool:
    """Run the errand until its Nth step; whether it was killed there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = host.run(sys.executable, "-c", _CUT + errand, str(number), env=environment)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9


def test_kill_9_at_each_step_of_changing_daemon_json(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    try:
        number, outcomes = 0, []
        while True:
            number += 1
            host.run("sh", "-c", f"rm -rf {CONFIG}* /etc/docker/.daemon* /run/seawall.docker")
            host.write(CONFIG, OLD)
            killed = cut_off(host, _CONFIG, number)
            (found,) = content(host, CONFIG)
            new = found != OLD.encode()
            outcomes.append(new)
            # Old or new, whole, and the engine would start with it.
            assert found == OLD.encode() or json.loads(found) == {"labels": ["a=b"], "mtu": 1400, "icc": False}
            assert host.answers()
            if not killed:
                break
            if new:
                # The next run knows what is outstanding, and how to go back.
                again = run_module(host, "daemon_config", {"options": {"icc": False}})
                assert not again["changed"] and again["pending"] and again["needs"] == "restart"
                assert [content(host, one["backup_file"]) for one in again["restore"]] == [[OLD.encode()]]
        # Each step before the one that replaces the file leaves the old one, each later one the new one.
        assert outcomes == sorted(outcomes) and outcomes[0] is False and outcomes[-1] is True
        assert number > 10
    finally:
        host.run("sh", "-c", f"rm -rf {CONFIG}* /etc/docker/.daemon* /run/seawall.docker")
        host.stop()


def test_kill_9_at_each_step_of_giving_subordinate_ids(private_etc: IsolatedHost, tmp_path: Path) -> None:
    host = private_etc
    old = content(host, *SUBIDS)
    number, states = 0, []
    while True:
        number += 1
        for path, text in zip(SUBIDS, old, strict=True):
            host.write(path, text.decode())
        host.run("sh", "-c", "rm -f /etc/subuid[.]* /etc/subgid[.]* /etc/.sub*")
        killed = cut_off(host, _SUBID, number)
        found = content(host, *SUBIDS)
        changed = [now != before for now, before in zip(found, old, strict=True)]
        states.append(changed)
        for now, before in zip(found, old, strict=True):
            assert now == before or now == before.rstrip(b"\n") + b"\ndockremap:165536:65536\n"
        if not killed:
            break
        if changed == [True, False] or number % 5 == 0:
            # What was cut off is completed: the lock of a process that is gone holds nobody up.
            again = run_module(host, "subid", {"user": "dockremap"})
            assert not again["failed"] and again["start"] == 165536
            assert all(b"dockremap:165536:65536" in text for text in content(host, *SUBIDS))
    assert states == sorted(states) and states[-1] == [True, True] and [True, False] in states
    assert number > 15


def test_ten_thousand_lines_of_others_stay_as_they_are(private_etc: IsolatedHost, tmp_path: Path) -> None:
    host = private_etc
    lines = [
        f"user{n}:{100000 + n * 65536 if n < 6 else 2000000000 + n}:{65536 if n < 6 else 1}\n" for n in range(10000)
    ]
    for path in SUBIDS:
        host.write(path, "".join(lines))
    before = content(host, *SUBIDS)
    done = run_module(host, "subid", {"user": "dockremap"})
    assert done["changed"] and done["start"] == 1879048192
    assert content(host, *SUBIDS) == [text + b"dockremap:1879048192:65536\n" for text in before]
    assert not run_module(host, "subid", {"user": "dockremap"})["changed"]
    run_module(host, "subid", {"user": "dockremap", "state": "absent"})
    assert content(host, *SUBIDS) == before


def test_a_daemon_json_of_megabytes_is_changed_like_any_other(host: IsolatedHost, tmp_path: Path) -> None:
    """Long words, and many of them: whatever looks at each more than once does not end here."""
    host.start()
    try:
        words = ["x" * (3 << 20), "https://" * (1 << 16), "token" * (1 << 16), *["x"] * 100000]
        labels = [f"label{number}={word}" for number, word in enumerate(words)]
        host.write(CONFIG, json.dumps({"labels": labels}))
        done = run_module(host, "daemon_config", {"options": {"icc": False}})
        assert done["changed"] and done["needs"] == "restart", str(done)[:3000]
        assert json.loads(content(host, CONFIG)[0]) == {"labels": labels, "icc": False}
    finally:
        host.run("sh", "-c", f"rm -rf {CONFIG}* /run/seawall.docker")
        host.stop()


HUGE = "import sys; open('/etc/docker/daemon.json', 'w').write('{\"labels\": [\"' + 'x' * (50 << 20) + '\"]}')"
MANY = "import json; open('/etc/docker/daemon.json', 'w').write(json.dumps({f'k{n}': n for n in range(100000)}))"


def test_an_absurd_daemon_json_is_left_alone(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    try:
        pid = host.daemon_pid()
        for script, said in ((HUGE, "is larger than"), (MANY, "the engine has no option k0")):
            assert host.run(sys.executable, "-c", script).returncode == 0
            before = host.run("sha256sum", CONFIG).stdout
            failed = run_module(host, "daemon_config", {"options": {"icc": False}})
            assert failed["failed"] and said in failed["msg"], failed["msg"]
            assert len(json.dumps(failed)) < 10000
            refused = run_module(host, "engine_restart", {"mode": "restart"})
            assert refused["failed"] and len(json.dumps(refused)) < 10000
            looked = run_module(host, "daemon_info", {"timeout": 30})
            assert not looked["failed"], json.dumps(looked)[:3000]
            assert "daemon.json" in json.dumps(looked["unread"]) and len(json.dumps(looked)) < 1000000
            assert host.run("sha256sum", CONFIG).stdout == before
            assert host.daemon_pid() == pid and host.answers()
        assert host.run("sh", "-c", "ls -A /etc/docker | grep -v key.json").stdout.split() == ["daemon.json"]
    finally:
        host.run("rm", "-f", CONFIG)
        host.stop()


def test_a_full_data_root_is_said_as_such(tmp_path: Path) -> None:
    """The engine answers before it has read the image; what counts is its answer, not the pipe that breaks."""
    with IsolatedHost() as host:
        assert host.run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", "/var/lib/docker").returncode == 0
        host.start(images=False)
        host.run("dd", "if=/dev/zero", "of=/var/lib/docker/fill", "bs=64k")
        words = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-c", "local", "seawall.docker.prove"]
        done = run_in(tmp_path, host.command(*words, "-e", f"ansible_python_interpreter={sys.executable}"))
    assert done.returncode == 0, done.stdout
    assert "INCONCLUSIVE: the engine answered 500" in done.stdout and "no space left on device" in done.stdout
    assert "ipe" not in done.stdout.partition("INCONCLUSIVE")[2].partition("PLAY RECAP")[0]
