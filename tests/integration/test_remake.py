# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers of an engine that does not remap, made again on one that does, and what is written down before."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost

SECRET = "hunter2-of-the-host"
JOURNAL = "/run/journal"
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
    host.container("side", "--network=container:db")
    did(host, "create", "--name=idle", f"--label=key={SECRET}", IMAGE, "sleep", "9")
    foreseen = recorded(host, "--check")
    assert foreseen["changed"] and host.run("ls", JOURNAL).returncode != 0
    first = recorded(host, outside=["idle"])
    assert first["changed"] and not first["switched"]
    assert [(one["name"], one["was_running"], one["outside"]) for one in first["containers"]] == [
        ("db", True, False),
        ("side", True, False),
        ("idle", False, True),
    ]
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
    replaced = recorded(host, replace=True)
    assert replaced["changed"] and replaced["id"] != first["id"] and not replaced["containers"][0]["was_running"]

    did(host, "run", "--detach", "--rm", "--name=job", IMAGE, "sleep", "99")
    for options, words in (
        ({}, "job: it is removed as soon as it is stopped"),
        ({"containers": ["side", "db"]}, "side: it needs the container"),
        ({"containers": ["nobody"]}, "no container is called nobody"),
        ({"containers": ["db", "db"]}, "names db twice"),
        ({"containers": ["db"], "outside": ["side"]}, "outside names side"),
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
