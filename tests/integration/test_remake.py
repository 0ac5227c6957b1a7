# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers of an engine that does not remap, made again on one that does, and what is written down before."""

from __future__ import annotations

import json
import os
import sys
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import input_of, module_name, result_of, run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.registry import ADDRESS, Registries

SECRET = "hunter2-of-the-host"
JOURNAL = "/run/journal"
RECORDS = "/run/seawall.docker"
# Nothing in these tests needs time for its end.
KILL = "--stop-signal=SIGKILL"
# Its files are mount points, which programs that add accounts cannot replace.
ACCOUNT = """
getent passwd dockremap >/dev/null || echo dockremap:x:987:987::/:/bin/false >> /etc/passwd
getent group dockremap >/dev/null || echo dockremap:x:987: >> /etc/group
echo dockremap:300000:65536 | tee /etc/subuid > /etc/subgid
"""


@pytest.fixture
def host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        yield host


def did(host: IsolatedHost, *command: str) -> str:
    done = host.docker(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def recorded(host: IsolatedHost, *flags: str, **options: t.Any) -> dict[str, t.Any]:
    return run_module(host, "migration_record", {"journal": JOURNAL, **options}, *flags)


def test_what_is_written_down_and_what_is_refused(host: IsolatedHost) -> None:
    host.start()
    did(host, "network", "create", f"--label=key={SECRET}", "shop")
    host.container("db", "--network=shop", "--volume=data:/data", "--volume=/anonymous", f"--env=PASSWORD={SECRET}")
    host.container("side", KILL, "--network=container:db")
    did(host, "create", "--name=idle", f"--label=key={SECRET}", IMAGE, "sleep", "9")
    did(host, "volume", "create", "--opt=type=tmpfs", "--opt=device=tmpfs", "--opt=o=size=1m,uid=7", "share")
    host.container("cache", KILL, "--volume=share:/share", "--tmpfs=/scratch")
    did(
        host,
        "exec",
        "cache",
        "sh",
        "-c",
        "mkdir -p /srv/own; touch /srv/own/file /share/file /scratch/file; rm /bin/top",
    )
    foreseen = recorded(host, "--check")
    assert foreseen["changed"] and host.run("ls", JOURNAL).returncode != 0
    first = recorded(host, outside=["idle"])
    assert first["changed"] and not first["switched"]
    assert [(one["name"], one["was_running"], one["outside"]) for one in first["containers"]] == [
        ("db", True, False),
        ("side", True, False),
        ("idle", False, True),
        ("cache", True, False),
    ]
    assert first["volumes_elsewhere"] == ["share"]
    assert [one["written"] for one in first["containers"]] == [0, 0, 0, 2]
    assert first["containers"][3]["written_paths"] == ["/bin/top", "/srv/own/file"]
    assert first["networks"] == ["shop"] and len(first["volumes"]) == 2 and first["images"][0]["tags"] == [IMAGE]
    assert SECRET not in repr(first) and SECRET in host.run("cat", f"{JOURNAL}/had.json").stdout
    modes = host.run("stat", "-c", "%a %U", JOURNAL, f"{JOURNAL}/had.json").stdout.split()
    assert modes == ["700", "root", "600", "root"]

    # What runs is remembered, and what is otherwise is said.
    did(host, "stop", "side", "db")
    again = recorded(host, outside=["idle"])
    assert not again["changed"] and again["id"] == first["id"] and again["containers"] == first["containers"]
    other = recorded(host)
    assert other["failed"] and "otherwise are the containers idle" in other["msg"] and "replace" in other["msg"]
    told = recorded(host, state="read")
    assert not told["changed"] and told["id"] == first["id"] and told["containers"] == first["containers"]
    assert recorded(host, state="read", journal="/run/none")["id"] is None
    replaced = recorded(host, replace=True)
    assert replaced["changed"] and replaced["id"] != first["id"] and not replaced["containers"][0]["was_running"]

    did(host, "run", "--detach", "--rm", "--name=job", IMAGE, "sleep", "99")
    for options, words in (
        ({}, "job: it is removed as soon as it is stopped"),
        ({"containers": ["side", "db"]}, "side: it needs the container"),
        ({"containers": ["nobody"]}, "no container is called nobody"),
        ({"containers": ["db", "db"]}, "names db twice"),
        ({"containers": ["db"], "outside": ["side"]}, "outside names side"),
        ({"containers": ["db", "side"], "outside": ["db"]}, "side: it shares namespaces with db, whose users stay"),
        ({"containers": ["db"], "images": ["none:1"]}, "there is no image none:1"),
        ({"journal": "/proc/x"}, "cannot make /proc/x"),
        ({"journal": "/tmp"}, "is not used"),
        ({"timeout": 0}, "timeout must be"),
    ):
        refused = recorded(host, **{"replace": True, "containers": ["db"] if "journal" in options else None, **options})
        assert refused["failed"] and words in refused["msg"] and SECRET not in repr(refused), refused
    host.run("chmod", "0644", f"{JOURNAL}/had.json")
    assert "not believed" in recorded(host)["msg"]
    host.run("chmod", "0600", f"{JOURNAL}/had.json")
    assert recorded(host, "--check", state="absent")["changed"] and recorded(host, state="absent")["changed"]
    assert not recorded(host, state="absent")["changed"] and host.run("ls", JOURNAL).returncode != 0


def test_what_killed_tests_left_is_nobodys(host: IsolatedHost) -> None:
    """A test container that is in the journal would be missed for ever: the next test removes it."""
    host.start()
    host.container("db", KILL)
    first = recorded(host)
    left, other = (f"seawall-canary-{number:024x}" for number in (1, 2))
    for name in (left, other):
        did(host, "create", "--name", name, IMAGE, "sleep", "9")
    record = {
        "engine": "/run/docker.sock",
        "process": "4194999/1",
        "made": [{"kind": "container", "name": left, "identifier": None, "image": IMAGE}],
    }
    wrote = host.run(
        "sh", "-c", f"umask 077; mkdir -p {RECORDS}; cat > {RECORDS}/made-0.json", input=json.dumps(record)
    )
    assert wrote.returncode == 0, wrote.stderr
    # A name alone proves nothing.
    for flags in (["--check"], []):
        said = recorded(host, *flags)["msg"]
        assert f"otherwise are the containers {other}. " in said, said
    assert host.docker("inspect", left).returncode != 0 and host.run("ls", f"{RECORDS}/made-0.json").returncode != 0
    did(host, "rm", other)
    again = recorded(host)
    assert not again["changed"] and again["id"] == first["id"]


def carried(host: IsolatedHost, state: str, *flags: str, **options: t.Any) -> dict[str, t.Any]:
    return run_module(host, "migration_images", {"journal": JOURNAL, "state": state, **options}, *flags)


def remapped(host: IsolatedHost) -> None:
    host.stop()
    assert host.run("sh", "-c", ACCOUNT).returncode == 0
    host.start(config={"userns-remap": "dockremap"}, images=False)


def test_images_keep_their_ids_and_names(host: IsolatedHost) -> None:
    host.start()
    host.container("db")
    did(host, "exec", "db", "touch", "/new")
    did(host, "commit", "db", "second:1")
    did(host, "tag", "second:1", "registry.example.com:5000/third:2")
    nameless = did(host, "commit", "--change=LABEL a=b", "db")
    before = did(host, "image", "ls", "--no-trunc", "--format={{.ID}} {{.Repository}}:{{.Tag}}")
    assert "no journal in" in carried(host, "saved")["msg"]
    assert recorded(host, images=["*", nameless])["changed"]
    assert "does not remap" in carried(host, "loaded")["msg"]
    assert carried(host, "saved", "--check")["state"] == "absent"
    saved = carried(host, "saved")
    assert saved["changed"] and saved["state"] == "saved" and len(saved["images"]) == 3
    assert not carried(host, "saved")["changed"]
    host.run("sh", "-c", "mkdir -m 700 /run/small && mount -t tmpfs -o size=99m,mode=700 tmpfs /run/small")
    assert recorded(host, journal="/run/small")["changed"]
    full = carried(host, "saved", journal="/run/small")
    assert full["failed"] and "no room for the images: 9" in full["msg"]
    assert host.run("ls", "/run/small").stdout.split() == ["had.json"]
    # A part of an archive is none, whoever left it there.
    host.run("truncate", "--size=-1000", f"{JOURNAL}/images.tar")
    assert carried(host, "saved")["changed"]
    host.run("mv", f"{JOURNAL}/images.tar", f"{JOURNAL}/away")
    remapped(host)
    assert "go back to save it" in carried(host, "saved")["msg"]
    assert "nothing was loaded" in carried(host, "loaded")["msg"]
    host.run("mv", f"{JOURNAL}/away", f"{JOURNAL}/images.tar")
    assert carried(host, "loaded", "--check")["changed"] and did(host, "image", "ls", "-q") == ""
    loaded = carried(host, "loaded")
    assert loaded["changed"] and loaded["state"] == "loaded" and not carried(host, "loaded")["changed"]
    after = did(host, "image", "ls", "--no-trunc", "--format={{.ID}} {{.Repository}}:{{.Tag}}")
    assert sorted(after.split()) == sorted(before.split()) and nameless in after


def made_again(host: IsolatedHost, *flags: str, **options: t.Any) -> dict[str, t.Any]:
    return run_module(host, "migration_recreate", {"journal": JOURNAL, **options}, *flags)


def copied(host: IsolatedHost, made: dict[str, t.Any]) -> None:
    id_map = [{"inside": 0, "outside": 300000, "count": 65536}]
    for volume in made["volumes"]:
        options = {"source": volume["source"], "destination": volume["destination"], "uid_map": id_map}
        done = run_module(host, "migration_copy", options)
        assert done.get("state") == "complete", done


def described(host: IsolatedHost, name: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads(did(host, "container", "inspect", name))[0]
    return found


# What a container looks like to its own processes, and to others on its networks.
SEEN = """
busybox hostname; cat /proc/self/uid_map >/dev/null; env | busybox sort | busybox grep -v ^HOSTNAME
busybox ip -o address | busybox grep -o 'inet [^ ]*' | busybox sort; cat /data/file /anonymous/file
"""


def populate(host: IsolatedHost) -> None:
    """Make a small site: a pair on a network of its own, with addresses, names, volumes, and containers that need others."""
    did(host, "network", "create", "--subnet=172.30.5.0/24", f"--label=key={SECRET}", "shop")
    did(host, "network", "create", "back")
    did(host, "volume", "create", f"--label=key={SECRET}", "data")
    host.container(
        "db",
        KILL,
        *("--network=shop", "--ip=172.30.5.9", "--network-alias=store", "--hostname=base", "--restart=unless-stopped"),
        *("--volume=data:/data", "--volume=/anonymous", f"--env=PASSWORD={SECRET}", f"--label=token={SECRET}"),
        *("--publish=127.0.0.1:15432:5432", "--health-cmd=busybox test -e /data/file", "--health-interval=1s"),
        *("--memory=64m", "--cap-drop=NET_RAW", "--tmpfs=/cache", "--read-only", "--ulimit=nofile=512:512"),
        *("--mount=type=volume,target=/mounted", "--add-host=far:192.0.2.7"),
    )
    did(host, "exec", "db", "sh", "-c", "echo of the data > /data/file; echo nameless > /anonymous/file")
    did(host, "network", "connect", "--alias=behind", "back", "db")
    host.container("web", KILL, "--network=shop", "--volumes-from=db:ro", "--env=A=b")
    host.container("side", KILL, "--network=container:db", "--pid=container:db")
    host.container("linked", KILL, "--userns=host", "--env=OUT=side")
    host.container("link", KILL, "--link=linked:other", "--oom-score-adj=100")
    did(host, "create", "--name=idle", "--entrypoint=", IMAGE, "sleep", "9")


def stopped(host: IsolatedHost, state: str, *flags: str, **options: t.Any) -> dict[str, t.Any]:
    return run_module(host, "migration_stop", {"journal": JOURNAL, "state": state, **options}, *flags)


NAMES = ("db", "idle", "link", "linked", "side", "web")


def test_a_site_is_the_same_under_another_user_mapping(host: IsolatedHost) -> None:
    host.start()
    populate(host)
    seen = did(host, "exec", "db", "sh", "-c", SEEN)
    assert "172.30.5.9/24" in seen and "nameless" in seen and SECRET in seen
    before = {name: described(host, name) for name in NAMES}
    first = recorded(host)
    assert first["changed"] and len(first["volumes"]) == 3, first
    assert carried(host, "saved")["state"] == "saved"
    assert "does not remap" in made_again(host)["msg"]
    assert [stopped(host, state, "--check")["changed"] for state in ("stopped", "started")] == [True, False]
    done = stopped(host, "stopped")
    assert done["changed"] and done["others_running"] == [] and did(host, "ps", "-q") == ""
    assert not stopped(host, "stopped")["changed"] and not recorded(host)["changed"]
    remapped(host)
    assert "not the ones that it shows" in stopped(host, "started")["msg"]
    assert "no image" in made_again(host)["msg"]
    assert carried(host, "loaded")["state"] == "loaded"
    refused = made_again(host)
    assert refused["failed"] and "was not copied yet" in refused["msg"]
    made = made_again(host, stage="volumes")
    assert made["state"] == "made" and not made["changed"] and len(made["volumes"]) == 3
    copied(host, made)
    assert made_again(host, "--check")["changed"]
    asleep = made_again(host, stage="containers")
    assert asleep["changed"] and not any(one["running"] for one in asleep["containers"])
    running = made_again(host)
    assert running.get("changed") and running["state"] == "running", running
    assert SECRET not in repr([made, asleep, running, done])
    assert {one["name"]: one["state"] for one in running["containers"]} == {**dict.fromkeys(NAMES, "up"), "idle": None}
    assert [one["differences"] for one in running["containers"]] == [[]] * len(NAMES)
    outside = {one["name"]: one["uid_map"][0]["outside"] for one in running["containers"] if one["uid_map"]}
    assert outside == {"db": 300000, "web": 300000, "side": 300000, "link": 300000, "linked": 0}
    assert not made_again(host)["changed"] and not made_again(host, "--check")["changed"]

    assert did(host, "exec", "db", "sh", "-c", SEEN) == seen
    assert did(host, "exec", "db", "cat", "/proc/self/uid_map").split() == ["0", "300000", "65536"]
    assert did(host, "exec", "web", "busybox", "nslookup", "store", "127.0.0.11").count("172.30.5.9") == 1
    assert "other" in did(host, "exec", "link", "cat", "/etc/hosts")
    after = {name: described(host, name) for name in NAMES}
    for name in NAMES:
        for key in ("Name", "Path", "Args", "Image", "RestartCount"):
            assert after[name][key] == before[name][key], (name, key)
    assert after["side"]["HostConfig"]["NetworkMode"] == f"container:{after['db']['Id']}"
    assert after["db"]["NetworkSettings"]["Ports"] == before["db"]["NetworkSettings"]["Ports"]
    # The bridges are the same, and packets of the host have one way only.
    routes = host.run("ip", "route", "show", "172.30.5.0/24").stdout.splitlines()
    assert len(routes) == 1 and first["networks"] and "linkdown" not in routes[0]

    # Of what was made, everything goes; of what others made, nothing.
    host.container("other", KILL, "--volume=foreign:/x")
    back = made_again(host, state="absent")
    assert back["changed"] and back["state"] == "absent" and not made_again(host, state="absent")["changed"]
    assert did(host, "ps", "-a", "--format={{.Names}}") == "other"
    assert did(host, "volume", "ls", "-q").count("\n") == 3
    assert made_again(host, state="absent", remove_volumes=True)["changed"]
    assert did(host, "volume", "ls", "-q") == "foreign"
    for command in (("network", "create", "shop"), ("volume", "create", "data")):
        did(host, *command)
        refused = made_again(host)
        assert refused["failed"] and "was not made from this journal" in refused["msg"]
        did(host, command[0], "rm", command[2])
    host.stop()
    host.start(images=False)
    host.container("other", KILL)
    assert stopped(host, "started", "--check")["changed"]
    done = stopped(host, "started")
    assert done["changed"] and done["state"] == "started" and not stopped(host, "started")["changed"], done
    assert sorted(did(host, "ps", "--format={{.Names}}").split()) == ["db", "link", "linked", "other", "side", "web"]
    assert did(host, "exec", "db", "sh", "-c", SEEN) == seen
    assert stopped(host, "stopped")["others_running"] == ["other"]


# Runs a module that is killed at its first call which changes something of the engine, before it or when it was done.
KILLED = """
import os, runpy, signal, sys
from ansible_collections.seawall.docker.plugins.module_utils._engine.writing import WritableEngine
real, before = WritableEngine._exchange, sys.argv.pop() == "before"
def exchange(self, method, *rest):
    if method != "GET" and before:
        os.kill(os.getpid(), signal.SIGKILL)
    answer = real(self, method, *rest)
    if method != "GET":
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
WritableEngine._exchange = exchange
runpy.run_module(sys.argv.pop(), run_name="__main__", alter_sys=True)
"""


def killed(host: IsolatedHost, when: str, options: dict[str, t.Any]) -> dict[str, t.Any]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    words = (sys.executable, "-c", KILLED, module_name("migration_recreate"), when)
    arguments = input_of({"journal": JOURNAL, **options}, ())
    return result_of("migration_recreate", host.run(*words, env=environment, input=arguments))


def killed_until_done(host: IsolatedHost, **options: t.Any) -> tuple[dict[str, t.Any], int]:
    """Kill the module once before its first call, and then after each, until there is no call left. With the number of those."""
    assert killed(host, "before", options)["msg"] == "the module was killed"
    for kills in range(40):
        result = killed(host, "after", options)
        if result.get("msg") != "the module was killed":
            return result, kills
    raise AssertionError("it never ends")


def test_killed_at_any_call_it_goes_on_and_makes_nothing_twice(host: IsolatedHost) -> None:
    host.start()
    did(host, "network", "create", "shop")
    did(host, "network", "create", "back")
    host.container("db", KILL, "--network=shop", "--volume=data:/data")
    did(host, "network", "connect", "back", "db")
    host.container("side", KILL, "--network=container:db")
    recorded(host)
    carried(host, "saved")
    remapped(host)
    carried(host, "loaded")
    made, kills = killed_until_done(host, stage="volumes")
    assert kills == 3 and made["state"] == "made", made
    copied(host, made)
    running, kills = killed_until_done(host)
    # Two are made, renamed and started, and one is attached to a second network.
    assert kills == 7 and running["state"] == "running", running
    assert sorted(did(host, "ps", "-a", "--format={{.Names}}").split()) == ["db", "side"]
    assert sorted(described(host, "db")["NetworkSettings"]["Networks"]) == ["back", "shop"]
    assert sorted(did(host, "network", "ls", "--format={{.Name}}").split()) == [
        "back",
        "bridge",
        "host",
        "none",
        "shop",
    ]
    back, kills = killed_until_done(host, state="absent", remove_volumes=True)
    assert kills == 7 and back["state"] == "absent", back
    assert did(host, "ps", "-aq") == "" == did(host, "volume", "ls", "-q")
    assert len(did(host, "network", "ls", "-q").split()) == 3


def test_images_of_a_registry_come_from_there_again(host: IsolatedHost) -> None:
    with Registries(host) as registries:
        registries.start(5000)
        name = f"{ADDRESS}:5000/shop"
        config = {"insecure-registries": [f"{ADDRESS}:5000"]}
        host.start(config=config)
        did(host, "tag", IMAGE, f"{name}/web:1")
        pushed = did(host, "push", "--quiet", f"{name}/web:1") and did(
            host, "inspect", "--format={{json .RepoDigests}}", IMAGE
        )
        reference = json.loads(pushed)[0]
        did(host, "create", "--name=web", f"{name}/web:1", "sleep", "9")
        did(host, "create", "--name=pinned", reference, "sleep", "9")
        recorded(host)
        saved = carried(host, "saved", pull=True)
        assert saved["changed"] and [one["pulled"] for one in saved["images"]] == [True] and saved["bytes_total"] == 0
        assert not carried(host, "saved", pull=True)["changed"] and carried(host, "saved", "--check")["changed"]
        host.stop()
        assert host.run("sh", "-c", ACCOUNT).returncode == 0
        host.start(config={**config, "userns-remap": "dockremap"}, images=False)
        registries.stop(5000)
        failed = carried(host, "loaded")
        assert failed["failed"] and reference in failed["msg"] and "save the image instead" in failed["msg"]
        registries.start(5000)
        loaded = carried(host, "loaded")
        assert loaded["changed"] and loaded["state"] == "loaded" and not carried(host, "loaded")["changed"]
        made = made_again(host)
        assert made["state"] == "running", made
        assert described(host, "pinned")["Config"]["Image"] == reference
        assert described(host, "web")["Config"]["Image"] == f"{name}/web:1"
