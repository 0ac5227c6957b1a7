# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of roles and playbooks by name, so that a misspelt one is refused instead of ignored.

Their types are in the argument specs of the roles. A unit test holds the names here against the specs and the playbooks.
"""

from __future__ import annotations

import difflib
import typing as t

ALLOWED = "seawall_docker_allowed_variables"
PREFIXES = ("audit_", "remediate_", "prove_", "userns_", "fixes_")
# So many others begin so that only a name close to one of ours is taken for a misspelt one.
COMMON_PREFIXES = ("limit", "report")
_NEARLY_THE_SAME = 0.9

KNOWN = frozenset(
    {
        # Role audit
        "audit_benchmark",
        "audit_ca_path",
        "audit_client_cert",
        "audit_client_key",
        "audit_compose_projects",
        "audit_compose_resolve",
        "audit_compose_root",
        "audit_docker_host",
        "audit_fail_on",
        "audit_fail_on_unknown",
        "audit_gather_subset",
        "audit_host_kind",
        "audit_keep_postures",
        "audit_page_hosts",
        "audit_policy",
        "audit_posture_file",
        "audit_profile",
        "audit_registry_check",
        "audit_replay_when_absent",
        "audit_report_directory",
        "audit_report_formats",
        "audit_rule_files",
        "audit_rules",
        "audit_skip_rules",
        "audit_summary",
        "audit_timeout",
        "audit_tls",
        "audit_validate_certs",
        "audit_waiver_files",
        "audit_advisory_files",
        "audit_waivers",
        # Role remediate
        "remediate_canary",
        "remediate_daemon_options",
        "remediate_for_containers",
        "remediate_keep_containers",
        "remediate_max_impact",
        "remediate_profile",
        "remediate_restart_timeout",
        "remediate_rules",
        "remediate_skip_rules",
        "remediate_summary",
        "remediate_userns_count",
        "remediate_userns_force",
        "remediate_userns_outside",
        "remediate_userns_remap",
        "remediate_userns_state",
        "remediate_userns_user",
        # Role userns_migrate
        "userns_migrate_bind_mounts",
        "userns_migrate_cleanup",
        "userns_migrate_compose",
        "userns_migrate_copy_back",
        "userns_migrate_images",
        "userns_migrate_journal",
        "userns_migrate_outside",
        "userns_migrate_rehearse",
        "userns_migrate_replace",
        "userns_migrate_state",
        "userns_migrate_wait",
        # Playbooks
        "audit_hosts",
        "audit_serial",
        "fixes_hosts",
        "fixes_write",
        "limits_audits",
        "limits_hosts",
        "limits_postures",
        "limits_serial",
        "limits_wanted",
        "limits_write",
        "prove_fail",
        "prove_hosts",
        "prove_image",
        "prove_limits",
        "prove_serial",
        "prove_timeout",
        "prove_userns",
        "remediate_go_on",
        "remediate_hosts",
        "remediate_serial",
        "report_folders",
        "userns_remap_state",
    }
)

# The smallest value of each number. The largest is left to what the number is for.
_SMALLEST = {
    "audit_page_hosts": 1,
    "audit_timeout": 1,
    "prove_timeout": 1,
    "remediate_restart_timeout": 1,
    "remediate_userns_count": 1,
    "userns_migrate_wait": 1,
}
# Ansible takes 0 for "all hosts at once", which nobody means who limits how many hosts are changed together.
_SERIALS = ("audit_serial", "limits_serial", "prove_serial", "remediate_serial")


def faults(variables: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with the variables of a host that begin as ours do, a sentence each."""
    allowed = variables.get(ALLOWED)
    own = tuple(str(one) for one in allowed if one) if isinstance(allowed, (list, tuple)) else ()
    unknown = sorted(
        name
        for name in map(str, variables)
        if name not in KNOWN and _looks_like_ours(name) and not name.startswith(own)
    )
    found = [_unknown(name) for name in unknown]
    if allowed is not None and not isinstance(allowed, (list, tuple)):
        found.append(f"{ALLOWED} must be a list of beginnings of names")
    for name, least in _SMALLEST.items():
        value = _number(variables.get(name))
        if value is not None and value < least:
            found.append(f"{name} must be at least {least}, and is {value}")
    for name in _SERIALS:
        found += serial_faults(name, variables.get(name))
    return found


def serial_faults(name: str, serial: t.Any) -> list[str]:
    """What is wrong with the sizes of batches, a sentence each."""
    found = [
        f"{name} must be numbers of hosts or percentages, and has {one}"
        for one in _listed(serial)
        if isinstance(one, (list, dict))
        or (isinstance(one, str) and "{{" not in one and _number(one.removesuffix("%")) is None)
    ]
    return found + [f"{name} must be at least 1, and has {one}" for one in _sizes(serial) if one < 1]


def refusal(variables: t.Mapping[str, t.Any]) -> str | None:
    """One message for all faults, or None."""
    found = faults(variables)
    if not found:
        return None
    said = "; ".join(found)
    hint = ""
    if any(" is no variable " in one for one in found):
        hint = f". If such a variable is your own, list the beginning of its name in {ALLOWED}"
    return f"{said}{hint}"


def _looks_like_ours(name: str) -> bool:
    if name.startswith(COMMON_PREFIXES):
        return bool(difflib.get_close_matches(name, KNOWN, n=1, cutoff=_NEARLY_THE_SAME))
    return name.startswith(PREFIXES)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0.7)
    return f"{name} is no variable of seawall.docker" + (f" (did you mean {near[0]}?)" if near else "")


def _sizes(serial: t.Any) -> list[int]:
    """The numbers of hosts that a value of ``serial`` names; percentages are Ansible's own matter."""
    return [number for number in map(_number, _listed(serial)) if number is not None]


def _listed(serial: t.Any) -> t.Sequence[t.Any]:
    return serial if isinstance(serial, (list, tuple)) else [serial]


def _number(value: t.Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
