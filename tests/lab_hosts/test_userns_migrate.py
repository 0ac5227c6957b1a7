# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts in use move to remapped users with all that they have, and back with what was written meanwhile."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support import postgres
from ansible_collections.seawall.docker.tests.support.lab_host import IMAGE, LabHost, LabHosts, on_each
from ansible_collections.seawall.docker.tests.support.rich_tree import access_list, capability

MIGRATE = "seawall.docker.userns_migrate"
USERNS = "seawall.docker.userns_remap"
SECRET = "hunter2-of-the-shop"
# As containers see it: owners, modes, contents, links, holes, attributes.
LOOK = (
    "cd /data && find . | sort | while read -r f; do stat -c '%n %u:%g %a %F %s %h' \"$f\"; done; "
    'find . -type f | sort | while read -r f; do md5sum "$f"; done'
)
SHOP = """cd /shop; echo row > table; chown 999:998 table; chmod 640 table; ln table link; ln -s /etc/shadow soft; mkdir -m 1777 t
cp /bin/busybox setuid; chown 0:0 setuid; chmod 4755 setuid"""

FETCH = 'import urllib.request; print(urllib.request.urlopen("http://127.0.0.1:8080/", timeout=10).read().decode())'


def furnish(host: LabHost) -> None:
    """A database with a volume, a web server on its network with a port and a directory of the host, one that cannot be
    remapped, and one that does not run."""
    host.docker("network", "create", "--subnet=10.55.0.0/24", "shop")
    host.docker("volume", "create", "--label=kind=data", "data")
    host.container(
        "db",
        *("--network=shop", "--ip=10.55.0.7", "--network-alias=database", "--volume=data:/data", "--volume=/scratch"),
        *("--restart=always", f"--env=PASSWORD={SECRET}", "--volume=/srv/shop:/shop"),
        command=("sleep", "7654"),
    )
    host.docker(*("exec", "db", "sh", "-c"), SHOP)
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


FILL = "create table goods (id int primary key, words text); insert into goods select n, md5(n::text) from generate_series(1, 20000) n"
SUM = "select count(*) || ' ' || md5(string_agg(words, '' order by id)) from goods"
# What no program of the containers can set: a capability of a program, and an access list by which user 1001 may read.
SET = f"""
import os
os.setxattr("/var/lib/docker/volumes/able/_data/able", "security.capability", {capability(1 << 1)!r})
os.setxattr("/var/lib/docker/volumes/acl/_data/file", "system.posix_acl_access",
  {access_list((1, 6, -1), (2, 4, 1001), (4, 0, -1), (16, 4, -1), (32, 0, -1))!r})
"""


def furnish_more(host: LabHost, image: bytes) -> None:
    """A database, programs with setuid bits and capabilities, access lists, files with many names, and one with a hole."""
    host.shell(f"docker import - {postgres.TAG}", stdin=image)
    user, volume = f"--user={postgres.USER}:{postgres.USER}", "--volume=database:/data"
    initdb = ("initdb", "--pgdata=/data", "--locale=C", "--encoding=UTF8", "--auth=trust", "--no-sync")
    host.docker("run", "--rm", user, volume, postgres.TAG, *initdb)
    host.docker(
        *("run", "--detach", "--name=pg", "--network=shop", "--ip=10.55.0.8", volume, user, "--stop-signal=SIGINT"),
        *("--health-cmd=pg_isready --host=/tmp", "--health-interval=1s", "--restart=always"),
        *(postgres.TAG, "postgres", "-D", "/data", "-k", "/tmp"),
    )
    kill = ("run", "--detach", "--stop-signal=SIGKILL")
    host.docker(*kill, "--name=guest", "--user=1000:1000", postgres.TAG, "sleep", "3600")
    host.docker(*kill, "--name=able", "--volume=able:/data", postgres.TAG, "sleep", "3600")
    host.container("acl", "--volume=acl:/data")
    host.container("links", "--volume=links:/data")
    host.container("sparse", "--volume=sparse:/data")
    host.docker("exec", "able", "sh", "-c", "cat /bin/cat-capable > /data/able; chmod 755 /data/able")
    host.docker("exec", "acl", "sh", "-c", "echo for 1001 > /data/file; chmod 600 /data/file")
    host.docker(
        "exec", "links", "sh", "-c", "cd /data; echo one > 0; for n in $(seq 40); do mkdir -p d$n; ln 0 d$n/$n; done"
    )
    host.docker("exec", "sparse", "sh", "-c", "cd /data; echo end | dd of=hole bs=1 seek=2000000000 2>/dev/null")
    host.shell("python3 -", stdin=SET)
    host.shell("for i in $(seq 150); do docker exec pg pg_isready --host=/tmp && exit; sleep 0.2; done; exit 1")
    asked(host, FILL)


def asked(host: LabHost, statement: str) -> str:
    return host.docker("exec", "pg", "psql", "--host=/tmp", "--username=postgres", "--no-psqlrc", "-Atqc", statement)


def more(host: LabHost) -> dict[str, t.Any]:
    """What these containers see and may."""
    host.shell("for i in $(seq 150); do docker exec pg pg_isready --host=/tmp && exit; sleep 0.2; done; exit 1")
    address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return {
        "goods": asked(host, SUM),
        "address": host.docker("inspect", "--format", address, "pg"),
        "rights": [
            host.run("docker", "exec", "guest", one, "/secret").stdout for one in ("cat-setuid", "cat-capable", "cat")
        ],
        "able": [
            host.run("docker", "exec", "--user=1000", "able", one, "/secret").stdout for one in ("/data/able", "cat")
        ],
        "acl": [host.run("docker", "exec", f"--user={one}", "acl", "cat", "/data/file").stdout for one in (1001, 1002)],
        "links": host.docker("exec", "links", "sh", "-c", "cd /data; stat -c %h 0; find . -samefile 0 | sort"),
        "sparse": host.docker("exec", "sparse", "sh", "-c", "cd /data; stat -c '%s' hole; du hole; tail -c 4 hole"),
    }


def state(host: LabHost) -> dict[str, t.Any]:
    seen: dict[str, t.Any] = {
        "data": host.docker("exec", "db", "sh", "-c", LOOK),
        "shop": host.docker("exec", "db", "sh", "-c", LOOK.replace("/data", "/shop")),
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


def moved_and_back(host: LabHost, work: Path, image: bytes) -> None:
    furnish(host)
    furnish_more(host, image)
    before, seen = state(host), more(host)
    assert seen["goods"].startswith("20000 ") and seen["rights"] == ["of root\n", "of root\n", ""], seen
    assert (
        seen["able"] == ["of root\n", ""] and seen["acl"] == ["for 1001\n", ""] and seen["links"].startswith("41\n")
    ), seen
    variables = {"audit_report_directory": str(work / host.name), "userns_migrate_wait": 60}
    pids = host.docker("inspect", "--format", "{{.State.Pid}}", "db", "web", "agent")

    refused = host.playbook(MIGRATE, variables)
    assert refused.status != 0 and "agent (--pid=host)" in " ".join(refused.output.split()), refused.output
    variables["userns_migrate_outside"] = ["agent"]
    system = host.playbook(MIGRATE, {**variables, "userns_migrate_bind_mounts": ["/srv/shop", "/etc"]})
    assert system.status != 0 and "/etc is no directory of the host that a container mounts" in " ".join(
        system.output.split()
    )
    variables["userns_migrate_bind_mounts"] = ["/srv/shop"]
    dry = host.playbook(MIGRATE, variables, "--check")
    assert dry.status == 0, dry.output
    assert "container agent, outside: its root stays root of the host" in dry.output and "volume data, " in dry.output
    assert (
        "not moved: what db wrote into itself, outside of volumes" in dry.output and "what web wrote" not in dry.output
    )
    assert "directory /srv/shop, its owners are shifted where it is" in dry.output
    assert "owners not changed: /srv/www of web" in dry.output and "Takes about " in dry.output, dry.output
    assert dry.output.index("Moves, in this order") < dry.output.index("userns-remap"), dry.output
    assert pids == host.docker("inspect", "--format", "{{.State.Pid}}", "db", "web", "agent")

    rehearsed = host.playbook(MIGRATE, {**variables, "userns_migrate_rehearse": True})
    assert rehearsed.status == 0 and "copies of running containers are no backup" in rehearsed.output, rehearsed.output
    assert "volume data, " in rehearsed.output and SECRET not in rehearsed.output
    assert pids == host.docker("inspect", "--format", "{{.State.Pid}}", "db", "web", "agent")
    assert host.run("ls", "/var/lib/docker/seawall-rehearsal").returncode != 0
    assert host.run("ls", "/var/lib/seawall.docker/migration-rehearsal").returncode != 0

    done = host.playbook(MIGRATE, {**variables, "__userns_migrate_poll": 0})
    assert done.status == 0, done.output
    assert "seconds left. On the host, /run/seawall.docker/copy-" in " ".join(done.output.split()), done.output
    assert SECRET not in refused.output + dry.output + done.output
    assert state(host) == before and more(host) == seen
    assert [root_of(host, name) for name in ("db", "web", "agent")] == ["100000", "100000", "0"]
    assert {root_of(host, name) for name in ("pg", "guest", "able", "acl", "links", "sparse")} == {"100000"}
    assert host.shell("stat -c %u:%g /srv/shop/table").strip() == "100999:100998"
    again = host.playbook(MIGRATE, variables)
    assert again.status == 0 and "changed=0" in again.output, again.output

    host.docker(
        "exec",
        "db",
        "sh",
        "-c",
        "echo later > /data/later; chown 999 /data/later; touch /shop/new; chmod 4755 /shop/new",
    )
    back = host.playbook(MIGRATE, {**variables, "userns_migrate_state": "absent", "userns_migrate_copy_back": ["data"]})
    assert back.status == 0, back.output
    assert "/srv/shop/new" in back.output and host.shell("stat -c '%a %u' /srv/shop/new").strip() == "755 0"
    host.shell("rm /srv/shop/new")
    after = state(host)
    assert "later 999:0" in after["data"] and {**after, "data": ""} == {**before, "data": ""}
    assert [root_of(host, name) for name in ("db", "web", "agent")] == ["0", "0", "0"]
    assert more(host) == seen
    # The volumes of before are what counts when it is moved again.
    variables["userns_migrate_cleanup"] = True
    early = host.playbook(MIGRATE, variables)
    assert early.status == 0 and "changed=0" in early.output, early.output
    assert "Nothing is removed, and nothing was moved" in " ".join(early.output.split()), early.output
    assert state(host) == after and root_of(host, "db") == "0" and more(host) == seen
    moved = host.playbook(MIGRATE, {**variables, "userns_migrate_cleanup": False})
    assert moved.status == 0, moved.output
    assert state(host) == after and root_of(host, "db") == "100000" and more(host) == seen
    # Remapping cannot be turned off under what was moved.
    left = host.playbook(USERNS, {**variables, "userns_remap_state": "absent"})
    assert left.status != 0 and "Go back with seawall.docker.userns_migrate" in " ".join(left.output.split()), (
        left.output
    )
    assert root_of(host, "db") == "100000"
    shown = host.playbook(MIGRATE, variables, "--check")
    assert shown.status == 0 and "/var/lib/docker/containers, " in shown.output, shown.output
    cleaned = host.playbook(MIGRATE, variables)
    assert cleaned.status == 0 and host.run("ls", "/var/lib/docker/containers").returncode != 0, cleaned.output
    assert state(host) == after
    again = host.playbook(MIGRATE, variables)
    assert again.status == 0 and "changed=0" in again.output, again.output
    refused = host.playbook(MIGRATE, {**variables, "userns_migrate_state": "absent"})
    assert refused.status != 0 and "there is nothing to go back to" in " ".join(refused.output.split()), refused.output
    left = host.playbook(USERNS, {**variables, "userns_remap_state": "absent"}, "--check")
    assert left.status != 0 and "removed what the engine had before" in " ".join(left.output.split()), left.output
    assert state(host) == after


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
    postgres.write_image(tmp_path / "postgres.tar")
    image = (tmp_path / "postgres.tar").read_bytes()
    on_each(lab_hosts, lambda host: moved_and_back(host, tmp_path, image))


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
        "userns_migrate_bind_mounts": ["/srv/shop"],
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
