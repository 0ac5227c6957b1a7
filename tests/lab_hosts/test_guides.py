# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides from the first audit to remapped users print what they show."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.guides import DOCS, Reader
from ansible_collections.seawall.docker.tests.support.lab_host import LabHosts

# The containers of the guides' host.
CONTAINERS = {
    "web": ("--restart", "always", "--publish", "8080:80"),
    "agent": ("--restart", "always", "--volume", "/var/run/docker.sock:/var/run/docker.sock"),
    "build": ("--privileged",),
}


def lines_to_complete(reader: Reader) -> None:
    """What the jq command of the page prints."""
    plan = json.loads((reader.reports / "plans" / "web1.json").read_text(encoding="utf-8"))
    (web,) = [one for one in plan["advice"] if one["subject"]["name"] == "web"]
    reader.output = "\n".join([*web["lines"], web["compose"]]) + "\n"


def test_the_guides_show_what_happens(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("trixie")
    for name, options in CONTAINERS.items():
        host.container(name, *options)
    reader = Reader(host, tmp_path)
    reader.read("first-audit.md", {})
    for name in ("audit.yml", "waivers.yml"):
        reader.has_file(DOCS / "examples" / name)
    reader.read("pipelines.md", {})
    reader.has_settings_of("policy-and-waivers.md")
    # The settings are those of every audit, also of one against another benchmark.
    reader.read("supply-chain.md", {})
    reader.read("policy-and-waivers.md", {})
    reader.has_no_settings()

    def without_obstacles() -> None:
        host.docker("rm", "--force", "build", "agent")
        reader.play("seawall.docker.userns_remap")
        reader.play("seawall.docker.prove")

    reader.read("hardening.md", {"docker update": lambda: lines_to_complete(reader), "PROTECTED": without_obstacles})
    reader.play("seawall.docker.userns_remap -e userns_remap_state=absent")
    assert host.docker("ps", "--format", "{{.Names}}") == "web"
