# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program cannot put right, as lines that a person can: one entry for each container, image, network and host fault.

Names and paths come from whoever made the container. Every one is quoted for the shell, or written by a YAML library.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_advice import of_container
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.host_advice import lines_for_host
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact, named, worst_impact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted

# The word in a rule's command that stands for the subject.
_PLACES = {"image": "IMAGE", "network": "NETWORK", "file": "FILE"}
# Lines of a Dockerfile, where no command puts an image right.
_DOCKERFILE = {
    "image-healthcheck": ["HEALTHCHECK --interval=30s CMD COMMAND"],
    "image-no-lone-update": [
        "RUN apt-get update && apt-get install --yes --no-install-recommends PACKAGES && rm -rf /var/lib/apt/lists/*"
    ],
    "image-copy-not-add": ["COPY FILE /DESTINATION"],
    "image-no-secrets": ["RUN --mount=type=secret,id=NAME COMMAND"],
}


def advice_of(findings: t.Sequence[Json], posture: Json, policy: Json) -> list[Json]:
    """The entries: containers first, then images and networks, then what is wrong with the host itself."""
    by_subject: dict[tuple[str, str], tuple[Json, list[Json]]] = {}
    of_host = []
    for finding in findings:
        for subject in finding["subjects"]:
            if subject["verdict"] != "fail":
                continue
            if subject["type"] == "host":
                of_host.append(_of_host(finding, subject, posture, policy))
                continue
            key = (str(subject["type"]), str(subject["id"] or subject["name"]))
            by_subject.setdefault(key, (subject, []))[1].append(finding)
    containers = {str(one["id"]): one for one in posture.get("containers") or []}
    cgroups = {str(one["id"]): one for one in fact(posture, "cgroup", "containers") or []}
    found = []
    for place in sorted(by_subject, key=lambda one: (one[0], str(by_subject[one][0]["name"]), one[1])):
        subject, failed = by_subject[place]
        container = containers.get(place[1]) if place[0] == "container" else None
        if container is not None:
            found.append(of_container(container, cgroups.get(place[1]) or {}, failed, posture, policy))
        else:
            found.append(_of_other(subject, failed))
    return found + of_host


def _of_other(subject: Json, failed: list[Json]) -> Json:
    """An image, a network or a file: each rule's own commands with the subject's name."""
    lines: list[str] = []
    for finding in failed:
        commands = (finding["remedy"].get("commands") or []) + _DOCKERFILE.get(finding["rule"], [])
        lines += [line for line in (_with_name(command, subject) for command in commands) if line not in lines]
    return {
        "subject": {"type": subject["type"], "name": subject["name"], "id": subject["id"]},
        "rules": [named(finding) for finding in failed],
        "impact": worst_impact([finding["remedy"]["impact"] for finding in failed]),
        "to_do": [finding["remedy"]["summary"] for finding in failed],
        "lines": lines,
        "compose": None,
    }


def _of_host(finding: Json, subject: Json, posture: Json, policy: Json) -> Json:
    remedy = finding["remedy"]
    return {
        "subject": {"type": "host", "name": subject["name"], "id": None},
        "rules": [named(finding)],
        "impact": remedy["impact"],
        "to_do": [remedy["summary"]],
        "lines": lines_for_host(finding, posture, policy),
        "compose": None,
    }


def _with_name(line: str, subject: Json) -> str:
    """The rule's command with the subject's name in the place of the word that stands for it."""
    word = _PLACES.get(subject["type"])
    return " ".join(quoted(subject["name"]) if part == word else part for part in line.split(" "))
