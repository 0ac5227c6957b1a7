# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixes for all containers of a host: a file for each compose project, and a command for each other container."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes import override, unit
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.making import cases_of, fixes_of, together
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import Case, Json, Outcome
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.run_line import run_line_of


def made_of(posture: Json, findings: Json, needs: t.Sequence[Json], policy: Json) -> Json:
    """Return ``projects`` and ``containers``, as the module returns them."""
    projects: dict[str, tuple[Json, dict[str, list[Outcome]]]] = {}
    others = []
    for case in cases_of(posture, findings, needs, policy):
        out = fixes_of(case)
        compose = case.needs.get("compose")
        if compose:
            _labels, services = projects.setdefault(str(compose["project"]), (compose, {}))
            services.setdefault(str(compose["service"]), []).append(out)
        else:
            others.append(_command(case, out))
    return {
        "projects": [_project(labels, services) for _name, (labels, services) in sorted(projects.items())],
        "containers": others,
    }


def _project(labels: Json, services: dict[str, list[Outcome]]) -> Json:
    whole = {name: together(outcomes) for name, outcomes in services.items()}
    return {
        "project": labels["project"],
        "compose_files": list(labels["files"]),
        "services": [{"service": name, **_document(out)} for name, out in sorted(whole.items())],
        "content": override.text_of(labels, whole),
    }


def _command(case: Case, out: Outcome) -> Json:
    made = run_line_of(case, out)
    return {
        "name": case.container["name"],
        "id": case.container["id"],
        **_document(out),
        "command": made.line if made else None,
        "unit": unit.unit_of(case, made) if made else None,
        "fill_in": made.fill_in if made else [],
        "reason": None if made else f"how the container was made is not known: {case.gap('definition')}",
    }


def _document(out: Outcome) -> Json:
    return {
        "fixes": [{"key": one.key, "value": one.value, "rules": one.rules, "breaks": one.breaks} for one in out.fixes],
        "by_hand": [{"what": what, "rules": rules} for what, rules in out.by_hand.items()],
    }


def commands_text(containers: t.Sequence[Json]) -> str:
    """Return a text with the command of each container, and as comments what to know before it is used."""
    lines = [
        "# Commands that make containers anew, to be read and copied. Keep what the old container wrote before it is removed."
    ]
    for one in containers:
        lines += ["", f"# {_one_line(one['name'])}"]
        for fix in one["fixes"]:
            breaks = f" May break: {_one_line(fix['breaks'])}" if fix["breaks"] else ""
            lines.append(f"#   {fix['key']}: {', '.join(fix['rules'])}.{breaks}")
        lines += [f"#   by hand: {', '.join(each['rules'])}: {_one_line(each['what'])}" for each in one["by_hand"]]
        lines += [f"#   fill in: {_one_line(each)}" for each in one["fill_in"]]
        lines.append(one["command"] or f"# no command: {_one_line(one['reason'])}")
        if one["unit"]:
            # A file of commands stays one that a shell may read.
            lines += [f"# or as the unit that runs it today, {_one_line(one['unit']['file'])}:"]
            lines += [f"#   {visible(line)}" for line in one["unit"]["content"].splitlines()]
    return "\n".join(lines) + "\n"


def summary(made: Json, written: t.Sequence[str]) -> list[str]:
    """Return what is printed at the end: how much is put right, and where it is written."""
    lines = []
    for project in made["projects"]:
        count = sum(len(one["fixes"]) for one in project["services"])
        left = sum(len(one["by_hand"]) for one in project["services"])
        lines.append(f"Compose project {project['project']}: {count} keys put right, {left} things left to do by hand.")
    lines += [
        f"Container {one['name']}: {len(one['fixes'])} options put right, {len(one['by_hand'])} left to do by hand."
        for one in made["containers"]
    ]
    if not lines:
        lines = ["No rule about containers fails."]
    return lines + [f"Written: {path}" for path in written]


def _one_line(text: str) -> str:
    return " ".join(visible(str(text)).split())
