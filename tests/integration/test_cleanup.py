# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine had before a move goes when it is asked for, and nothing else."""

from __future__ import annotations

import sys
import typing as t

from ansible_collections.seawall.docker.tests.integration.test_remake import (
    JOURNAL,
    carried,
    copied,
    did,
    made_again,
    recorded,
    remapped,
    stopped,
)
from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

ROOT = "/var/lib/docker"
# As a run leaves it that is killed when the first files are gone.
KILLED = """
import json, hashlib, os, shutil
path = "/run/journal/removed.json"
document = {"of": json.load(open("/run/journal/had.json"))["id"], "data_root": "/var/lib/docker", "state": "begun", "at": "now", "version": 1}
document["fingerprint"] = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
open(path, "w").write(json.dumps(document))
shutil.rmtree("/var/lib/docker/image")
"""


def cleaned(host: IsolatedHost, *flags: str) -> dict[str, t.Any]:
    return run_module(host, "migration_cleanup", {"journal": JOURNAL}, *flags)


def there(host: IsolatedHost) -> list[str]:
    return host.run("ls", ROOT).stdout.split()


def test_the_tree_of_before_goes_and_nothing_else() -> None:
    with IsolatedHost() as host:
        host.start()
        host.container("db", "--stop-signal=SIGKILL", "--volume=data:/data", "--volume=/anonymous")
        host.container("web", "--stop-signal=SIGKILL")
        # As compose makes it, and later again.
        labels = {"project": "shop", "service": "job", "project.config_files": "/srv/shop/compose.yml"}
        flags = [f"--label=com.docker.compose.{key}={value}" for key, value in labels.items()]
        job = ("--stop-signal=SIGKILL", "--volume=jobs:/jobs", "--network=shop", *flags)
        did(host, "network", "create", "--label=com.docker.compose.network=default", "shop")
        host.container("job", *job)
        did(host, "exec", "db", "sh", "-c", "echo row > /data/table; busybox ln -s /srv-secret /data/link")
        did(host, "volume", "create", "unused")
        host.container("needs", "--stop-signal=SIGKILL", "--network=container:job")
        assert "needs: it needs the container job, which is left to compose" in recorded(host, compose=True)["msg"]
        did(host, "rm", "--force", "needs")
        (project,) = recorded(host, compose=True)["compose_projects"]
        assert (
            project["left"]
            and project["command"] == "docker compose --project-name shop --file /srv/shop/compose.yml up --detach"
        )
        assert (
            not recorded(host, compose=True)["changed"]
            and carried(host, "saved")["changed"]
            and stopped(host, "stopped")["changed"]
        )
        assert "does not remap" in cleaned(host)["msg"]
        remapped(host)
        assert "db was not made again, or was removed" in cleaned(host)["msg"]
        assert carried(host, "loaded")["changed"]
        copied(host, made_again(host, stage="volumes"))
        assert made_again(host)["state"] == "running"
        assert did(host, "ps", "--all", "--format={{.Names}}").split() == ["web", "db"]
        assert "job was left to compose, which did not make it" in cleaned(host)["msg"]
        # Its network and its volume are there, with the labels by which compose knows them.
        assert "com.docker.compose.network:default" in did(host, "network", "inspect", "--format={{.Labels}}", "shop")
        host.container("job", *job)
        assert made_again(host)["state"] == "running"
        did(host, "stop", "web")
        assert "web ran before and does not run" in cleaned(host)["msg"]
        did(host, "start", "web")
        host.run("sh", "-ec", f"mkdir {ROOT}/lost+found /run/outside && echo x > {ROOT}/of-the-site")

        for act, undo, words in (
            (f"mount --bind {ROOT}/volumes/data /run/outside", "umount /run/outside", "is mounted on /run/outside"),
            (
                f"mkdir -p {ROOT}/tmp/m; mount -t tmpfs tmpfs {ROOT}/tmp/m",
                f"umount {ROOT}/tmp/m",
                f"is mounted on {ROOT}/tmp/m",
            ),
            (
                f"mkdir {ROOT}/containers/{'7' * 64}",
                f"rmdir {ROOT}/containers/{'7' * 64}",
                "were not moved (777777777777)",
            ),
            (
                f"cd {ROOT}/volumes/data/_data; sleep 99 >/dev/null 2>&1 & echo $! > /run/pid",
                "kill $(cat /run/pid)",
                f"uses {ROOT}/volumes/data/_data",
            ),
        ):
            assert host.run("sh", "-c", act).returncode == 0
            refused = cleaned(host)
            assert refused["failed"] and words in refused["msg"], refused
            host.run("sh", "-c", undo)
        before = there(host)
        foreseen = cleaned(host, "--check")
        assert foreseen["changed"] and foreseen["bytes"] > 1_000_000 and there(host) == before, foreseen
        assert {one["path"] for one in foreseen["removed"]} >= {
            f"{ROOT}/containers",
            f"{ROOT}/image",
            f"{ROOT}/volumes/data",
        }
        # That of containerd is not the engine's own.
        left = [one for one in foreseen["left"] if one != f"{ROOT}/containerd"]
        assert left == [f"{ROOT}/lost+found", f"{ROOT}/volumes/unused"], foreseen
        assert recorded(host)["removed"] is None

        assert host.run(sys.executable, "-c", KILLED).returncode == 0
        assert recorded(host)["removed"] == "begun"
        done = cleaned(host)
        assert done["changed"], done
        assert not {"containers", "image", "overlay2", "vfs"} & set(there(host))
        assert {"lost+found", "of-the-site", "volumes", "300000.300000"} <= set(there(host))
        assert (
            "unused" in host.run("ls", f"{ROOT}/volumes").stdout
            and "data" not in host.run("ls", f"{ROOT}/volumes").stdout.split()
        )
        assert host.run("ls", JOURNAL).stdout.split() == ["removed.json"]
        assert not cleaned(host)["changed"]
        said = recorded(host)
        assert not said["changed"] and said["switched"] and said["removed"] == "done" and said["containers"] == []
        assert did(host, "exec", "db", "cat", "/data/table") == "row"
