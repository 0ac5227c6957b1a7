# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts as bad and as good as they can be made: nothing passes on the one, nothing fails on the others."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.tests.support import extreme_hosts
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

# What even the worst host does right, and why.
RIGHT_ON_THE_WORST = {
    "daemon-no-aufs": "no engine of today has the driver",
    "daemon-no-devicemapper": "the driver needs disks of its own",
    "swarm-ca-rotated": "a swarm that was just made has a new authority",
}
# What even the best host does wrong.
WRONG_ON_THE_BEST = {"daemon-rootless": "a daemon of root is what most hosts have; its users are remapped instead"}


@pytest.fixture(scope="module")
def hosts() -> dict[str, Judged]:
    return {"worst": extreme_hosts.worst(), "best": extreme_hosts.best(), "swarm": extreme_hosts.best(swarm=True)}


def having(judged: Judged, *statuses: str) -> set[str]:
    return {finding["rule"] for finding in judged.findings.values() if finding["status"] in statuses}


def test_nothing_passes_on_the_worst_host(hosts: dict[str, Judged]) -> None:
    assert having(hosts["worst"], "pass", "unknown") == set(RIGHT_ON_THE_WORST)


@pytest.mark.parametrize("name", ["best", "swarm"])
def test_nothing_fails_on_the_best_hosts(hosts: dict[str, Judged], name: str) -> None:
    assert having(hosts[name], "fail", "unknown") == set(WRONG_ON_THE_BEST)


def test_the_table_in_the_documentation_shows_what_the_hosts_showed(hosts: dict[str, Judged]) -> None:
    different = []
    for slug, statuses in extreme_hosts.seen().items():
        for name, judged in hosts.items():
            status = next(one["status"] for one in judged.findings.values() if one["rule"] == slug)
            # Another machine may have, or lack, what a rule is about: AppArmor, SELinux, older shims, units.
            if status != statuses[name] and "not_applicable" not in (status, statuses[name]):
                different.append((slug, name, status, statuses[name]))
    # Whether a version that is too old fails depends on who built it.
    assert [one for one in different if one[:2] != ("engine-version-current", "worst")] == []
