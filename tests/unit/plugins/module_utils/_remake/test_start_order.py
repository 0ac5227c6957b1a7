# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._remake import start_order


def container(name: str, created: int, needs: str = "", **config: t.Any) -> dict[str, t.Any]:
    labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": name}
    if needs:
        labels["com.docker.compose.depends_on"] = needs
    identifier = name.encode().hex().ljust(64, "0")
    return {
        "Id": identifier,
        "Name": f"/{name}",
        "Created": f"2026-01-0{created}",
        "Config": {"Labels": labels},
        "HostConfig": config,
    }


def names(containers: t.List[dict[str, t.Any]]) -> str:
    return " ".join(start_order.name_of(one) for one in containers)


def test_the_oldest_first_but_after_what_it_needs() -> None:
    db, web, side = container("db", 3), container("web", 1, needs="db:service_healthy:false"), container("side", 2)
    assert names(start_order.ordered([web, side, db])) == "side db web"
    side["HostConfig"]["NetworkMode"] = f"container:{web['Id']}"
    assert names(start_order.ordered([web, side, db])) == "db web side"


def test_links_and_volumes_count_by_name_and_by_id() -> None:
    data = container("data", 9)
    user, linked = (
        container("user", 1, VolumesFrom=[f"{data['Id'][:12]}:ro"]),
        container("linked", 2, Links=["/user:/linked/u"]),
    )
    assert names(start_order.ordered([linked, user, data])) == "data user linked"
    assert start_order.missing_before([data, user, linked]) is None
    assert start_order.missing_before([user, data, linked]) == ("user", f"{data['Id'][:12]}")


def test_a_circle_of_compose_ends_and_hides_no_other_need() -> None:
    one, two = (
        container("one", 1, needs="two:service_started:true"),
        container("two", 2, needs="one:service_started:true"),
    )
    one["HostConfig"]["PidMode"] = f"container:{two['Id']}"
    assert names(start_order.ordered([one, two])) == "two one"
