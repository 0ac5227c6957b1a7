# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixes for one container, and for all containers of one service of a compose project."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._fixes import access, resources, rights
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import Case, Json, Outcome
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.sizes import larger
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact

# Of several containers of a service, the one that needs most decides.
_SIZES = ("mem_limit", "memswap_limit", "cpus", "pids_limit")
# In this order: which capabilities a container needs depends on its user.
_MAKERS: tuple[t.Callable[[Case, Outcome], None], ...] = (
    rights.user,
    rights.privileged,
    rights.capabilities,
    rights.confinement,
    resources.read_only,
    access.network,
    access.mounts,
    access.devices,
    access.namespaces,
    resources.limits,
    resources.health,
)


def cases_of(posture: Json, findings: Json, needs: t.Sequence[Json], policy: Json) -> list[Case]:
    """Return the containers that a rule fails, in the order of names."""
    failed: dict[str, dict[str, Json]] = {}
    for finding in findings["findings"]:
        for subject in finding["subjects"]:
            if subject["type"] == "container" and subject["verdict"] == "fail":
                failed.setdefault(str(subject["id"]), {})[finding["rule"]] = finding
    groups = {str(one["id"]): one for one in fact(posture, "cgroup", "containers") or []}
    known = {str(one["id"]): one for one in needs}
    return [
        Case(
            one,
            fact(groups, str(one["id"]), "limits") or {},
            known.get(str(one["id"]), {}),
            posture,
            policy,
            failed[str(one["id"])],
            fact(groups, str(one["id"]), "use") or {},
        )
        for one in posture.get("containers") or []
        if str(one["id"]) in failed
    ]


def fixes_of(case: Case) -> Outcome:
    """Return what puts right the rules that the container fails. What no fix serves is left to a person."""
    out = Outcome()
    if case.container.get("swarm_task"):
        out.leave("Change the service (docker service update): a swarm makes its tasks anew.", case.rules(*case.failed))
        return out
    for make in _MAKERS:
        make(case, out)
    served = out.served()
    for slug, finding in case.failed.items():
        rules = case.rules(slug)
        if not set(rules) & served:
            out.leave(str(finding["remedy"]["summary"]), rules)
    return out


def together(outcomes: t.Sequence[Outcome]) -> Outcome:
    """Return the fixes for a service with several containers: each gets what one of them needs."""
    whole = Outcome()
    for out in outcomes:
        for fix in out.fixes:
            before = next((one.value for one in whole.fixes if one.key == fix.key), None)
            value = larger(before, fix.value) if before is not None and fix.key in _SIZES else fix.value
            whole.add(fix.key, value, fix.rules, how=fix.how, breaks=fix.breaks)
        for what, rules in out.by_hand.items():
            whole.leave(what, rules)
    return whole
