# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database of a compose project with a volume: put right by the override file, it has the same rows and takes new ones."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.tests.support import postgres
from ansible_collections.seawall.docker.tests.support.ansible_programs import BIN, playbook_environment
from ansible_collections.seawall.docker.tests.support.compose import compose_program
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import audit

NAME = "shop-db-1"
START = """\
test -e /data/PG_VERSION || initdb --pgdata=/data --locale=C --encoding=UTF8 --auth=trust --no-sync
exec postgres -D /data -k /tmp -h 0.0.0.0
"""
PROJECT = {
    "services": {
        "db": {
            "image": postgres.TAG,
            "command": ["sh", "-c", START],
            "user": f"{postgres.USER}:{postgres.USER}",
            "volumes": ["data:/data"],
            "ports": ["5433:5432"],
            "stop_signal": "SIGINT",
            "healthcheck": {"test": ["CMD", "pg_isready", "--host=/tmp"], "interval": "1s", "retries": 60},
        }
    },
    "volumes": {"data": {}},
}
FILL = "create table goods as select n as id, md5(n::text) as words from generate_series(1, 20000) n"
SUM = "select count(*) || ' ' || md5(string_agg(words, '' order by id)) from goods"
# It sorts on disk, and several processes share memory.
WORK = "set work_mem = '64kB'; select count(*) from (select words from goods order by words) sorted"


@pytest.fixture
def host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        host.start(images=False)
        archive = host.state / "postgres.tar"
        postgres.write_image(archive)
        assert host.docker("import", str(archive), postgres.TAG).returncode == 0
        archive.unlink()
        yield host


def asked(host: IsolatedHost, statement: str) -> str:
    psql = ("psql", "--host=/tmp", "--username=postgres", "--dbname=postgres", "--no-psqlrc", "-Atqc", statement)
    done = host.docker("exec", "--user", str(postgres.USER), NAME, *psql)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_database_is_put_right(host: IsolatedHost, tmp_path: Path) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(yaml.safe_dump(PROJECT), encoding="utf-8")

    def up(*overrides: str) -> None:
        named = [word for path in (str(file), *overrides) for word in ("--file", path)]
        done = host.run(compose_program(), "--project-name", "shop", *named, "up", "--detach", "--wait")
        assert done.returncode == 0, done.stderr + host.docker("logs", NAME).stderr

    up()
    asked(host, FILL)
    before, rows = audit(host), asked(host, SUM)
    assert rows.startswith("20000 ") and asked(host, WORK) == "20000"

    variables = {
        "ansible_python_interpreter": sys.executable,
        "fixes_write": True,
        "audit_report_directory": str(tmp_path / "reports"),
    }
    words = [str(BIN / "ansible-playbook"), "-i", "web1,", "-c", "local", "-e", json.dumps(variables)]
    done = host.run(*words, "seawall.docker.fixes", env=playbook_environment(tmp_path), cwd=tmp_path)
    assert done.returncode == 0 and "changed=0" in done.stdout, done.stdout + done.stderr
    (override,) = (tmp_path / "reports" / "fixes").iterdir()

    up(str(override))
    after = audit(host)
    failing = {number for number in before.findings if before.verdicts(number).get(NAME) == "fail"}
    left = {number for number in failing if after.verdict(number, NAME) != "pass"}
    assert failing >= {"5.11", "5.12", "5.13", "5.14", "5.29"} and not left, {
        number: after.findings[number]["subjects"] for number in left
    }
    assert host.docker("inspect", "--format", "{{.HostConfig.ReadonlyRootfs}}", NAME).stdout.strip() == "true"
    assert asked(host, SUM) == rows and asked(host, WORK) == "20000"
    asked(host, "insert into goods values (20001, 'later')")
    assert asked(host, SUM).startswith("20001 ")
