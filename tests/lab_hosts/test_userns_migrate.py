# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts in use move to remapped users with all that they have, and back with what was written meanwhile."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import IMAGE, LabHost, LabHosts, on_each

MIGRATE = "seawall.docker.userns_migrate"
SECRET = "hunter2-of-the-shop"
# As containers see it: owners, modes, contents, links, holes, attributes.
LOOK = (
    "cd /data && find . | sort | while read -r f; do stat -c '%n %u:%g %a %F %s %h' \"$f\"; done; "
    'find . -type f | sort | while read -r f; do md5sum "$f"; done'
)

FETCH = 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:8080/", timeout=10).read().decode())'


def furnish(host: LabHost) -> None:
    """A database with a volume, a web server on its network with a port and a directory of the host, one that cannot be
    remapped, and one that does not run."""
    host.docker("network", "create", "--subnet=10.55.0.0/24", "shop")
    host.docker("volume", "create", "--label=kind=data", "data")
    host.container(
        "db",
        *("--network=shop", "--ip=10.55.0.7", "--network-alias=database", "--volume=data:/data", "--volume=/scratch"),
        *("--restart=always", f"--env=PASSWORD={SECRET}"),
        command=("sleep", "7654"),
    )
    host.docker(
        *("exec", "db", "sh", "-c"),
        "cd /data; echo row > table; chown 999:998 table; chmod 640 table; ln table link; ln -s table soft; mkdir -m 1777 t; "
        "cp /bin/busybox setuid; chown 0:0 setuid; chmod 4755 setuid; dd if=/dev/zero of=hole bs=1 count=0 seek=9000000 "
        "2>/dev/null; touch -d '2020-01-01 00:00:00' table; mkfifo fifo; touch /lost; echo scratch > /scratch/file",
    )
    host.shell("mkdir -p /srv/www && echo welcome > /srv/www/index.html")
    host.container(
        "web",
        *("--network=shop", "--publish=8080:80", "--volume=/srv/www:/www:ro", "--memory=64m"),
        *("--restart=unless-stopped", f"--label=token={SECRET}", "--health-cmd=true", "--health-interval=1s"),
        command=("httpd", "-f", "-p", "80", "-h", "/www"),
    )
    host.container("agent", "--pid=host", command=("sleep", "7654"))
    host.docker("create", "--name=idle", IMAGE, "sh")


def state(host: LabHost) -> dict[str, t.Any]:
    seen: dict[str, t.Any] = {
        "data": host.docker("exec", "db", "sh", "-c", LOOK),
        "scratch": host.docker("exec", "db", "cat", "/scratch/file"),
        "page": host.shell(f"python3 -c '{FETCH}'"),
        "database": host.docker("exec", "web", "ping", "-c", "1", "-W", "5", "database").split("bytes from ")[1][:9],
    }
    for name in ("db", "web", "agent", "idle"):
        form = "{{.State.Running}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}} {{json .Config.Env}} {{json .Config.Labels}}"
        seen[name] = host.docker("inspect", "--format", form, name)
    return seen


def root_of(host: LabHost, name: str) -> str:
    pid = host.docker("inspect", "--format", "{{.State.Pid}}", name)
    return host.shell(f"cat /proc/{pid}/uid_map").split()[1]


def moved_and_back(host: LabHost, work: Path) -> None:
    furnish(host)
    before = state(host)
    variables = {"audit_report_directory": str(work / host.name), "userns_migrate_wait": 60}
    pids = host.docker("inspect", "--format", "{{.State.Pid}}", "db", "web", "agent")

    refused = host.playbook(MIGRATE, variables)
    assert refused.status != 0 and "agent (--pid=host)" in " ".join(refused.output.split()), refused.output
    variables["userns_migrate_outside"] = ["agent"]
    dry = host.playbook(MIGRATE, variables, "--check")
    assert dry.status == 0, dry.output
    assert "container agent, outside: its root stays root of the host" in dry.output and "volume data, " in dry.output
    assert (
        "not moved: what db wrote into itself, outside of volumes" in dry.output and "what web wrote" not in dry.output
    )
    assert pids == host.docker("inspect", "--format", "{{.State.Pid}}", "db", "web", "agent")

    done = host.playbook(MIGRATE, {**variables, "__userns_migrate_poll": 0})
    assert done.status == 0, done.output
    assert "seconds left. On the host, /run/seawall.docker/copy-" in " ".join(done.output.split()), done.output
    assert SECRET not in refused.output + dry.output + done.output
    assert state(host) == before
    assert [root_of(host, name) for name in ("db", "web", "agent")] == ["100000", "100000", "0"]
    again = host.playbook(MIGRATE, variables)
    assert again.status == 0 and "changed=0" in again.output, again.output

    host.docker("exec", "db", "sh", "-c", "echo later > /data/later; chown 999 /data/later")
    back = host.playbook(MIGRATE, {**variables, "userns_migrate_state": "absent", "userns_migrate_copy_back": ["data"]})
    assert back.status == 0, back.output
    after = state(host)
    assert "later 999:0" in after["data"] and {**after, "data": ""} == {**before, "data": ""}
    assert [root_of(host, name) for name in ("db", "web", "agent")] == ["0", "0", "0"]
    # The volumes of before are what counts when it is moved again.
    assert host.playbook(MIGRATE, variables).status == 0
    assert state(host) == after and root_of(host, "db") == "100000"


def test_a_host_with_too_little_room_is_refused_before_anything_stops(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("trixie")
    host.shell(
        "systemctl stop docker.socket docker && mount -t tmpfs -o size=24m,mode=711 tmpfs /var/lib/docker && systemctl start docker"
        " && docker import --change 'CMD [\"sh\"]' /var/lib/lab/busybox.tar busybox:local"
    )
    host.container("web", "--volume=data:/data")
    host.docker("exec", "web", "dd", "if=/dev/zero", "of=/data/large", "bs=1M", "count=9")
    pid = host.docker("inspect", "--format", "{{.State.Pid}}", "web")
    for room, words in ((24, "volume data: nothing was copied"), (292, "The move needs 279")):
        host.shell(f"mount -o remount,size={room}m /var/lib/docker")
        refused = host.playbook(MIGRATE, {"audit_report_directory": str(tmp_path)})
        assert refused.status != 0 and words in " ".join(refused.output.split()), refused.output
        if room == 24:  # afterwards each volume has room, and not both of them
            host.container("reader", "--volume=other:/data")
            host.docker("exec", "reader", "dd", "if=/dev/zero", "of=/data/large", "bs=1M", "count=9")
    assert host.docker("inspect", "--format", "{{.State.Pid}}", "web") == pid
    assert host.run("ls", "/var/lib/seawall.docker/migration").returncode != 0


def test_a_host_in_use_is_moved_and_moved_back(lab_hosts: list[LabHost], tmp_path: Path) -> None:
    on_each(lab_hosts, lambda host: moved_and_back(host, tmp_path))


# Each is true from some moment of a move on: while images are saved, when all have stopped, when the engine was switched, when
# volumes are there, when one was copied, when a container was made, and when one runs.
MOMENTS = (
    "test -e /var/lib/seawall.docker/migration/had.json",
    "test -e /var/lib/seawall.docker/migration/images.tar",
    'test -z "$(docker ps -q)"',
    "grep -q userns-remap /etc/docker/daemon.json",
    "test -d /var/lib/docker/100000.100000/volumes/data",
    "test -e /var/lib/docker/100000.100000/volumes/data/_data/table",
    'test -n "$(docker ps -aq)"',
    'test -n "$(docker ps -q)"',
)


def test_a_move_that_is_killed_again_and_again_goes_on(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("sid")
    furnish(host)
    before = state(host)
    variables = {
        "audit_report_directory": str(tmp_path),
        "userns_migrate_wait": 60,
        "userns_migrate_outside": ["agent"],
    }
    for moment in MOMENTS:
        # What was true before the first is no sign of progress.
        if host.run(moment).returncode != 0:
            host.kill_playbook(MIGRATE, variables, moment)
            assert host.run("docker", "version").returncode == 0, moment
    done = host.playbook(MIGRATE, variables)
    assert done.status == 0, done.output
    assert state(host) == before
    assert [root_of(host, name) for name in ("db", "web", "agent")] == ["100000", "100000", "0"]
