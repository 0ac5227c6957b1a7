# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command of a compose project is what its containers say, and nothing that a name in them adds."""

from __future__ import annotations

import shlex
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._remake import compose


def entry(name: str, project: str = "shop", left: bool = False, **labels: str) -> dict[str, t.Any]:
    said = {f"com.docker.compose.project.{key}": value for key, value in labels.items()}
    said.update({"com.docker.compose.project": project, "com.docker.compose.service": name} if project else {})
    return {"inspect": {"Name": f"/{name}", "Config": {"Labels": said}}, "left": left}


def test_a_project_with_several_files() -> None:
    labels = {
        "working_dir": "/srv/shop",
        "config_files": "/srv/shop/a.yml,/srv/shop/b.yml",
        "environment_file": "/srv/shop/.env",
    }
    (found,) = compose.projects([entry("web", **labels), entry("db", **labels), entry("other", project="")])
    assert found["containers"] == ["web", "db"] and not found["left"]
    assert found["command"] == (
        "docker compose --project-name shop --project-directory /srv/shop --file /srv/shop/a.yml --file /srv/shop/b.yml"
        " --env-file /srv/shop/.env up --detach"
    )


def test_names_are_quoted() -> None:
    hostile = {"working_dir": "/srv/$(reboot)", "config_files": "/srv/x; reboot #.yml"}
    (found,) = compose.projects([entry("web", project="a b`id`", **hostile)])
    assert shlex.split(found["command"]) == [
        *("docker", "compose", "--project-name", "a b`id`", "--project-directory", "/srv/$(reboot)"),
        *("--file", "/srv/x; reboot #.yml", "up", "--detach"),
    ]


def test_what_is_not_known_is_not_guessed() -> None:
    for one, other in (
        ({}, {}),
        ({"config_files": "-"}, {"config_files": "-"}),
        ({"config_files": "/a"}, {"config_files": "/b"}),
    ):
        (found,) = compose.projects([entry("web", **one), entry("db", **other)])
        assert found["command"] is None


def test_what_is_left_is_not_made_again() -> None:
    had = {"containers": [entry("web", left=True), entry("agent", project="")], "networks": [1]}
    assert [one["inspect"]["Name"] for one in compose.kept(had)["containers"]] == ["/agent"]
    assert compose.kept(had)["networks"] == [1] and len(had["containers"]) == 2
