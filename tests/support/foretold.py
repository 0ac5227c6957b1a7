# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host becomes what a dry run says: each of its containers, and each finding."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.tests.support.lab_host import LabHost

Json = dict[str, t.Any]

# One of each kind that a restart treats otherwise.
POPULATE = """
set -e
run() { docker run --detach --stop-timeout 1 --name "$@"; }
run plain busybox:local sleep 3600
run always --restart always busybox:local sleep 3600
run unless --restart unless-stopped busybox:local sleep 3600
run retried --restart on-failure:3 busybox:local sh -c 'trap "exit 1" TERM; sleep 3600 & wait'
run ending --restart on-failure busybox:local sh -c 'trap "exit 0" TERM; sleep 3600 & wait'
run removed --rm -v /data busybox:local sleep 3600
run paused busybox:local sleep 3600
docker pause paused
run halted --restart always busybox:local sleep 3600
run left --restart unless-stopped busybox:local sleep 3600
docker stop --time 0 halted left
docker create --name made --restart always busybox:local sleep 3600
docker run --name done busybox:local true
docker run --name failed busybox:local false || true
"""
STATES = (
    "docker ps --all --quiet | xargs --no-run-if-empty "
    "docker inspect --format '{{.Name}} {{.State.Status}} {{.State.StartedAt}}'"
)
ALIVE = ("running", "paused", "restarting")
# What a program does as it is ended decides these, and no forecast can know that.
BY_ITS_STATUS = {"retried", "ending"}


def states(host: LabHost) -> dict[str, tuple[str, str]]:
    lines = [line.split() for line in host.shell(STATES).splitlines()]
    return {name.lstrip("/"): (state, started) for name, state, started in lines}


def became(before: tuple[str, str], after: tuple[str, str] | None) -> str:
    """The word of a forecast for what really happened."""
    if after is None:
        return "deleted"
    if before[0] in ALIVE:
        if after[0] not in ALIVE:
            return "stopped"
        return "keeps_running" if before[1] == after[1] else "restarted"
    return "started" if after[0] in ALIVE else "unchanged"


def hardened_otherwise(host: LabHost, work: Path, keep: bool) -> list[str]:
    """Harden a host with containers of every kind, and return what came otherwise than was foreseen. ``keep`` turns live restore
    on first."""
    host.shell(POPULATE)
    reports = work / host.name
    options = {"audit_report_directory": str(reports), "remediate_keep_containers": keep}
    dry = host.playbook("seawall.docker.harden", options, "--check", "--diff")
    assert dry.status == 0, dry.output
    # Two changes of one file: what is shown of the second has the first in it.
    assert len(re.findall(r'^\+ *"live-restore": true', dry.output, re.MULTILINE)) == (2 if keep else 1), dry.output
    plan: Json = json.loads((reports / "plans" / f"{host.name}.json").read_text(encoding="utf-8"))
    (restart,) = [step for step in plan["steps"] if step["impact"] == "restart"]
    foreseen = {one["name"]: one["outcome"] for one in restart["containers"]}
    before = states(host)
    assert set(foreseen) == set(before)
    done = host.playbook("seawall.docker.harden", options)
    assert done.status == 0, done.output
    after = states(host)
    unlike = [
        f"{host.name}: {name} was to be {outcome}, and is {became(before[name], after.get(name))}"
        for name, outcome in foreseen.items()
        if outcome != became(before[name], after.get(name)) and not (name in BY_ITS_STATUS and not keep)
    ]
    report: Json = json.loads((reports / "hosts" / f"{host.name}.json").read_text(encoding="utf-8"))
    statuses = {one["number"]: one["status"] for one in report["findings"]}
    unlike += [
        f"{host.name}: {one['number']} is {statuses[one['number']]}, and {one['after']} was foreseen"
        for one in plan["forecast"]["findings"]
        if one["after"] not in ("unknown", statuses[one["number"]])
    ]
    # What the play says of each container is what is true of it.
    said = " ".join(done.output.partition("BEFORE:")[2].split())
    for name, outcome in foreseen.items():
        word = became(before[name], after.get(name))
        if outcome != word:
            unlike += [] if f"container {name} does not run: exited, exit code" in said else [f"{name} is not named"]
        elif word == "stopped":
            line = said.partition("stopped by the restart, as forecast: ")[2].partition(". To start: docker start ")
            names, command = line[0].split(", "), line[2].split()
            unlike += [] if name in names and name in command else [f"{name} is not named as stopped"]
    assert "as forecast" in said
    # Little enough is not foreseen that the rest means something.
    assert sum(one["after"] == "unknown" for one in plan["forecast"]["findings"]) <= 3
    assert set(foreseen.values()) > ({"keeps_running"} if keep else {"restarted", "stopped", "deleted"})
    return unlike
