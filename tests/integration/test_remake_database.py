# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database with data, and programs with rights of their own, moved to remapped users: the same through the containers' eyes."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import postgres
from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

JOURNAL = {"journal": "/run/journal"}
ACCOUNT = """
getent passwd dockremap >/dev/null || echo dockremap:x:987:987::/:/bin/false >> /etc/passwd
getent group dockremap >/dev/null || echo dockremap:x:987: >> /etc/group
echo dockremap:300000:65536 | tee /etc/subuid > /etc/subgid
"""
ID_MAP = [{"inside": 0, "outside": 300000, "count": 65536}]
USER = f"--user={postgres.USER}:{postgres.USER}"
FILL = """
create table goods (id int primary key, words text);
insert into goods select n, md5(n::text) from generate_series(1, 20000) n;
create index on goods (words);
"""
SUM = "select count(*) || ' ' || md5(string_agg(words, '' order by id)) from goods"


@pytest.fixture
def host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        yield host


def did(host: IsolatedHost, *command: str) -> str:
    done = host.docker(*command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def asked(host: IsolatedHost, statement: str, container: str = "client") -> str:
    """What the database says to a client on its network, by the name that it has there."""
    return did(
        host, "exec", container, "psql", "--host=store", "--username=postgres", "--no-psqlrc", "-Atqc", statement
    )


def module(host: IsolatedHost, name: str, **options: t.Any) -> dict[str, t.Any]:
    result = run_module(host, name, {**JOURNAL, **options} if name != "migration_copy" else options)
    assert not result["failed"], result
    return result


def furnish(host: IsolatedHost) -> None:
    archive = host.state / "postgres.tar"
    postgres.write_image(archive)
    did(host, "import", str(archive), postgres.TAG)
    archive.unlink()
    did(host, "network", "create", "--subnet=172.30.5.0/24", "shop")
    volume = "--volume=database:/data"
    initdb = ("initdb", "--pgdata=/data", "--locale=C", "--encoding=UTF8", "--auth=trust", "--no-sync")
    did(host, "run", "--rm", USER, volume, postgres.TAG, *initdb)
    everyone = "echo host all all 172.30.5.0/24 trust >> /data/pg_hba.conf"
    did(host, "run", "--rm", USER, volume, postgres.TAG, "sh", "-c", everyone)
    did(
        host,
        *("run", "--detach", "--name=db", "--network=shop", "--network-alias=store", "--ip=172.30.5.9", volume, USER),
        *(
            "--health-cmd=pg_isready --host=/tmp",
            "--health-interval=1s",
            "--restart=unless-stopped",
            "--stop-signal=SIGINT",
        ),
        *(postgres.TAG, "postgres", "-D", "/data", "-k", "/tmp", "-h", "0.0.0.0"),
    )
    kill = "--stop-signal=SIGKILL"
    did(host, "run", "--detach", "--name=client", kill, "--network=shop", postgres.TAG, "sleep", "3600")
    did(host, "run", "--detach", "--name=guest", kill, "--user=1000:1000", postgres.TAG, "sleep", "3600")


def rights(host: IsolatedHost) -> list[str]:
    """What a user of a container reads of root's file: by a setuid bit, by a file capability, and by nothing."""
    programs = ("cat-setuid", "cat-capable", "cat")
    return [host.docker("exec", "guest", program, "/secret").stdout.strip() for program in programs]


def waited(host: IsolatedHost) -> None:
    done = host.docker(
        "sh", "-c", "for i in $(seq 150); do docker exec db pg_isready --host=/tmp && exit; sleep 0.2; done; exit 1"
    )
    assert done.returncode == 0, done.stdout


def test_a_database_and_programs_with_rights_of_their_own(host: IsolatedHost) -> None:
    host.start(images=False)
    furnish(host)
    waited(host)
    asked(host, FILL)
    before = asked(host, SUM), rights(host)
    assert before[0].startswith("20000 ") and before[1] == ["of root", "of root", ""]
    module(host, "migration_record")
    module(host, "migration_images", state="saved", wait=300)
    module(host, "migration_stop", state="stopped")
    host.stop()
    assert host.run("sh", "-c", ACCOUNT).returncode == 0
    host.start(config={"userns-remap": "dockremap"}, images=False)
    module(host, "migration_images", state="loaded", wait=300)
    (volume,) = module(host, "migration_recreate", stage="volumes")["volumes"]
    copy = module(
        host, "migration_copy", source=volume["source"], destination=volume["destination"], uid_map=ID_MAP, wait=300
    )
    assert copy["state"] == "complete"
    made = module(host, "migration_recreate")
    assert made["state"] == "running" and {one["name"]: one["health"] for one in made["containers"]}["db"] == "healthy"
    assert (asked(host, SUM), rights(host)) == before
    pid = json.loads(did(host, "container", "inspect", "db"))[0]["State"]["Pid"]
    assert host.run("stat", "--format=%u", f"/proc/{pid}").stdout.strip() == str(300000 + postgres.USER)

    # What is written now goes back with the database, to containers of before.
    asked(host, "insert into goods values (20001, 'later')")
    after = asked(host, SUM)
    did(host, "stop", "db")
    host.stop()
    host.start(images=False)
    back = {"source": volume["destination"], "destination": volume["source"], "reverse": True, "replace": True}
    assert module(host, "migration_copy", **back, uid_map=ID_MAP, wait=300)["state"] == "complete"
    assert module(host, "migration_stop", state="started")["state"] == "started"
    assert asked(host, SUM) == after != before[0] and rights(host) == before[1]

    # And once more to the containers that were made, which stand still since then.
    module(host, "migration_stop", state="stopped")
    host.stop()
    host.start(config={"userns-remap": "dockremap"}, images=False)
    # The engine starts the database by itself, on the data of the first move, until its data is about to be copied anew.
    module(host, "migration_recreate", stage="volumes")
    assert did(host, "ps", "--quiet") == ""
    there = {"source": volume["source"], "destination": volume["destination"], "replace": True}
    assert module(host, "migration_copy", **there, uid_map=ID_MAP, wait=300)["state"] == "complete"
    made = module(host, "migration_recreate")
    assert made["changed"] and made["state"] == "running"
    assert asked(host, SUM) == after and not module(host, "migration_recreate")["changed"]
