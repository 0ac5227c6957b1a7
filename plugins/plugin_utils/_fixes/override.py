# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An override file for a compose project: each line with the rules that it serves, and when it may break something.

Names and paths come from whoever made the containers. A YAML library writes them, and none of them is a variable of Compose.
"""

from __future__ import annotations

import typing as t

import yaml

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.access import OWN_VOLUME
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import CLEAR, REPLACE, Fix, Json, Outcome
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted


def text_of(project: Json, services: dict[str, Outcome]) -> str:
    """Return the file. ``project`` is what the labels of one of its containers say."""
    files = [f"--file {quoted(one)}" for one in project["files"]]
    lines = [
        f"# Override for the compose project {_one_line(project['project'])}. Read it, change what is not right, and use it with:",
        f"#   docker compose {' '.join([*files, '--file THIS_FILE'])} up --detach",
        "# Compose 2.24.4 or newer: !override and !reset take values of the project's own files away.",
        "services:" if any(out.fixes for out in services.values()) else "services: {}",
    ]
    for name, out in sorted(services.items()):
        if out.by_hand:
            lines += [f"  # {_one_line(name)}, by hand:"]
            lines += [f"  #   {', '.join(rules)}: {_one_line(what)}" for what, rules in out.by_hand.items()]
        if out.fixes:
            lines.append(f"  {_flow(name, escape=False)}:")
            for fix in out.fixes:
                lines += [f"    {line}" for line in _lines(fix)]
    volumes = sorted({name for out in services.values() for name in _own_volumes(out)})
    lines += ["volumes:", *(f"  {name}: {{}}" for name in volumes)] if volumes else []
    return "\n".join(lines) + "\n"


def _own_volumes(out: Outcome) -> list[str]:
    entries = [one for fix in out.fixes if fix.key == "volumes" for one in fix.value]
    return [str(one["source"]) for one in entries if str(one.get("source") or "").startswith(OWN_VOLUME)]


def _lines(fix: Fix) -> list[str]:
    lines = [f"# {', '.join(fix.rules)}"]
    lines += [f"# May break: {_one_line(fix.breaks)}"] if fix.breaks else []
    if fix.how == CLEAR or (fix.how == REPLACE and not fix.value):
        return [*lines, f"{fix.key}: !reset null"]
    tag = " !override" if fix.how == REPLACE else ""
    if isinstance(fix.value, list):
        return [*lines, f"{fix.key}:{tag}", *(f"  - {_flow(one)}" for one in fix.value)]
    return [*lines, f"{fix.key}:{tag} {_flow(fix.value)}"]


def _flow(value: t.Any, escape: bool = True) -> str:
    """A value on one line. Compose takes a dollar sign for a variable unless there are two."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item, escape)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item, escape) for item in value) + "]"
    if isinstance(value, str):
        text = value.replace("$", "$$") if escape else value
        dumped: str = yaml.safe_dump(text, default_style='"', width=float("inf"))
        return dumped.strip()
    return str(yaml.safe_dump(value, default_flow_style=True)).split("\n", maxsplit=1)[0]


def _one_line(text: str) -> str:
    return " ".join(visible(str(text)).split())
