# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remapped user namespaces whose ids are, beside root's, somebody's on the host: of a real engine, with what a container
can do by them."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

# In order, and one in which eve's own id is.
GOOD = "dockremap:400000:65536\n"
WITH_EVE = "dockremap:300000:65536\n"


@pytest.fixture(scope="module")
def remapped(host: IsolatedHost) -> IsolatedHost:
    host.run(
        "sh", "-c", "cat >> /etc/passwd", input="dockremap:x:4300:4300::/:/bin/false\neve:x:300700:4301::/:/bin/sh\n"
    )
    host.run("sh", "-c", "cat >> /etc/group", input="dockremap:x:4300:\n")
    return host


def start(host: IsolatedHost, subuid: str, subgid: str) -> None:
    host.run("sh", "-c", "cat > /etc/subuid", input=subuid)
    host.run("sh", "-c", "cat > /etc/subgid", input=subgid)
    # The files must be older than the daemon by more than the clock's grain.
    time.sleep(1.1)
    host.start("--userns-remap=dockremap")


@pytest.fixture
def engine(remapped: IsolatedHost) -> t.Iterator[t.Callable[[str, str], IsolatedHost]]:
    def started(subuid: str, subgid: str) -> IsolatedHost:
        start(remapped, subuid, subgid)
        return remapped

    yield started
    remapped.stop()


Engine = t.Callable[[str, str], IsolatedHost]


def test_groups_of_the_host_read_its_passwords(engine: Engine) -> None:
    host = engine(GOOD, "dockremap:0:65536\n")
    group = Path("/etc/shadow").stat().st_gid
    host.container("reader", "--user", f"0:{group}", "--volume", "/etc:/host:ro")
    shown = host.docker("exec", "reader", "cat", "/host/shadow")
    assert shown.returncode == 0 and "root:" in shown.stdout
    judged = quick_audit.audit(host)
    assert judged.posture["userns"]["containers"][0]["root_is_host_root"] is False
    assert judged.status("2.10") == "fail"
    assert "ids of users, groups" in judged.reason("2.10")


@pytest.mark.parametrize(
    ("subuid", "subgid", "reason"),
    [
        pytest.param(GOOD, GOOD + "dockremap:0:1000\n", "/etc/subgid", id="second-range-of-groups"),
        pytest.param(GOOD + "dockremap:0:1000\n", GOOD, "/etc/subuid", id="second-range-of-users"),
        pytest.param(GOOD, "dockremap:42:1\n" + GOOD, "/etc/subgid", id="one-group"),
        # Every account of the system except root itself.
        pytest.param("dockremap:1:65535\n", GOOD, "/etc/subuid", id="from-the-second-user"),
        pytest.param(GOOD, GOOD + "dockremap:900:200\n", "/etc/subgid", id="from-within-the-groups-of-the-system"),
        # No system's account, and a user of this host as others are.
        pytest.param(WITH_EVE, GOOD, "/etc/subuid", id="an-account"),
    ],
)
def test_ranges_count_while_no_container_runs(engine: Engine, subuid: str, subgid: str, reason: str) -> None:
    judged = quick_audit.audit(engine(subuid, subgid))
    assert judged.posture["userns"]["effective"]["enabled"] is True
    assert judged.status("2.10") == "fail"
    assert reason in judged.reason("2.10")


def test_ranges_that_were_changed_since_are_shown_by_a_container_alone(engine: Engine) -> None:
    host = engine(GOOD, GOOD)
    assert quick_audit.audit(host).status("2.10") == "pass"
    host.run("sh", "-c", "echo eve:600000:65536 >> /etc/subuid")
    judged = quick_audit.audit(host)
    assert judged.status("2.10") == "unknown"
    assert "was changed after the daemon read it" in judged.reason("2.10")
    host.container("shows-them")
    assert quick_audit.audit(host).status("2.10") == "pass"
