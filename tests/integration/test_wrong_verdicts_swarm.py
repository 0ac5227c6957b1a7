# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A swarm that is easily judged wrong: a real manager with overlay networks of every kind, and the host without swarm."""

from __future__ import annotations

import json

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._posture.swarm.collect import manager_counts
from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

OVERLAYS = {
    "no-option": ([], "fail"),
    "option-false": (["--opt", "encrypted=false"], "fail"),
    "option-bare": (["--opt", "encrypted"], "pass"),
    "option-true": (["--opt", "encrypted=true"], "pass"),
    # What only sounds like the option, and a value that engines read in different ways.
    "label": (["--label", "encrypted=true"], "fail"),
    "other-name": (["--opt", "Encrypted=true", "--opt", "com.docker.network.driver.overlay.encrypted=true"], "fail"),
    "option-maybe": (["--opt", "encrypted=maybe"], "unknown"),
}


@pytest.fixture(scope="module")
def without_swarm(host: IsolatedHost) -> Judged:
    host.start(images=False)
    return quick_audit.audit(host)


@pytest.fixture(scope="module")
def manager(host: IsolatedHost, without_swarm: Judged) -> Judged:
    assert without_swarm.posture["engine"]["state"] == "running"
    host.run("sh", "-c", "ip link add mgmt type bridge && ip address add 10.11.12.1/24 dev mgmt && ip link set mgmt up")
    done = host.docker("swarm", "init", "--advertise-addr", "10.11.12.1", "--listen-addr", "10.11.12.1:2377")
    assert done.returncode == 0, done.stderr
    for name, (options, _verdict) in OVERLAYS.items():
        done = host.docker("network", "create", "--driver", "overlay", *options, name)
        assert done.returncode == 0, done.stderr
    return quick_audit.audit(host)


def test_without_a_swarm_nothing_of_it_applies(without_swarm: Judged) -> None:
    assert set(without_swarm.of_section("7").values()) == {"not_applicable"}
    assert without_swarm.status("5.1") == "pass"


def test_a_swarm_that_nobody_expects_is_seen(manager: Judged) -> None:
    assert manager.status("5.1") == "fail"
    assert manager.with_policy(swarm_expected=True).status("5.1") == "pass"


def test_an_option_that_says_false_encrypts_nothing(manager: Judged) -> None:
    assert {name: manager.verdict("7.3", name) for name in OVERLAYS} == {
        name: verdict for name, (_options, verdict) in OVERLAYS.items()
    }


def test_the_network_that_the_swarm_makes_for_itself_is_judged_as_well(manager: Judged) -> None:
    assert manager.verdict("7.3", "ingress") == "fail"


@pytest.mark.parametrize(("managers", "status"), [(1, "pass"), (2, "fail"), (3, "pass"), (5, "pass"), (7, "fail")])
def test_as_many_managers_as_needed_and_no_more(
    host: IsolatedHost, manager: Judged, managers: int, status: str
) -> None:
    assert manager.posture["swarm"]["managers"] == 1
    answer = host.docker("sh", "-c", "docker node inspect $(docker node ls -q)")
    # One manager is real; so many would answer so.
    nodes = json.loads(answer.stdout) * managers
    posture = {**manager.posture, "swarm": {**manager.posture["swarm"], **manager_counts(nodes)}}
    assert Judged(posture).status("7.1") == status


def test_more_managers_than_the_policy_expects(manager: Judged) -> None:
    assert manager.with_policy(expected_swarm_managers=3).status("7.1") == "fail"


def test_the_port_of_the_management_is_on_one_address(manager: Judged) -> None:
    assert manager.status("7.2") == "pass"
    assert manager.status("7.5") == "fail"
    assert manager.status("7.9") == "fail"
