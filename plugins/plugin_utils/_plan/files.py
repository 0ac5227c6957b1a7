# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about files to owners and modes, and findings about audit rules to one file of rules. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import octal
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Draft, Json, change, step

ATTRIBUTES = "file_attributes"
WATCHES = "audit_watches"
RULES_FILE = "/etc/audit/rules.d/50-seawall-docker.rules"
_HEAD = "# Written by seawall.docker: who changes the parts of Docker.\n"
_SOCKETS = ("api_socket", "containerd_socket")


def attribute_steps(findings: t.Sequence[Json], posture: Json, policy: Json, draft: Draft) -> list[Json]:
    """One step a file, with all that findings want of it."""
    by_path = {}
    for entry in posture.get("files") or []:
        by_path[entry["path"]] = entry
    wanted: dict[str, list[tuple[Json, str, t.Any, t.Any]]] = {}
    for finding in findings:
        remedy = finding["remedy"]["file"]
        for subject in finding["subjects"]:
            file = by_path.get(subject["name"])
            if subject["verdict"] != "fail" or file is None:
                continue
            for name, old, new in _attributes(remedy, file, policy):
                if new is None:
                    reason = "the host has no group that the policy allows"
                    draft.leave_out(finding, ATTRIBUTES, reason, what=file["path"])
                elif old != new:
                    wanted.setdefault(file["path"], []).append((finding, name, old, new))
    steps = []
    for path in sorted(wanted):
        file, asked = by_path[path], wanted[path]
        changes = {name: change(name, old, new) for _finding, name, old, new in asked}
        made = step(ATTRIBUTES, path, [one[0] for one in asked], list(changes.values()), "none")
        made["real_path"] = file.get("real_path") or path
        made.update({name: changes[name]["new"] if name in changes else None for name in ("owner", "group", "mode")})
        if file["role"] in _SOCKETS:
            made["notes"].append("Holds until the socket is made anew: see SocketMode= and SocketGroup= of its unit.")
        steps.append(made)
    return steps


def _attributes(remedy: Json, file: Json, policy: Json) -> t.Iterator[tuple[str, t.Any, t.Any]]:
    if "owner" in remedy:
        yield "owner", file.get("owner") or str(file.get("uid")), remedy["owner"]
    if "group" in remedy:
        yield "group", file.get("group") or str(file.get("gid")), _group(remedy["group"], file, policy)
    if "mode" in remedy:
        # Rights are taken away, never given: what is stricter stays.
        old, limit = octal(str(file.get("mode"))), octal(_limit(remedy["mode"], file))
        if old is not None and limit is not None:
            yield "mode", file["mode"], f"{old & limit:04o}"


def _limit(mode: str, file: Json) -> str:
    """Directories and keys below certs.d have limits other than certificates have."""
    if file["role"] == "registry_directory":
        return "0755"
    if file["role"] == "registry_certificate" and str(file["path"]).endswith(".key"):
        return "0400"
    return mode


def _group(group: str, file: Json, policy: Json) -> str | None:
    if file["role"] != "api_socket":
        return group
    allowed = ["root", *(policy.get("api_socket_groups") or [])]
    if file.get("group") in allowed:
        return str(file["group"])
    return group if group in allowed else str(allowed[-1])


def watch_steps(findings: t.Sequence[Json], posture: Json, draft: Draft) -> list[Json]:
    """All missing watches as one file of rules, with those that an earlier run put there."""
    auditing = posture.get("auditing") or {}
    targets = auditing.get("targets") or {}
    asked = []
    for finding in findings:
        watch = finding["remedy"]["audit_watch"]
        target = targets.get(watch["target"]) or {}
        path = target.get("real_path") or target.get("path")
        line = f"-w {path} -p {watch.get('permissions', 'wa')} -k {watch.get('key', 'docker')}"
        reason = _obstacle(auditing, path)
        if reason is not None:
            draft.leave_out(finding, WATCHES, reason, [line] if path else [])
        else:
            asked.append((finding, watch["target"], line))
    if not asked:
        return []
    written = (auditing.get("written") or {}).get("rules_directory") or []
    kept = [str(rule["text"]) for rule in written if rule.get("source") == RULES_FILE and not rule.get("malformed")]
    lines = list(dict.fromkeys([*kept, *(line for _finding, _target, line in asked)]))
    changes = [change(target, "written" if line in kept else None, line) for _finding, target, line in asked]
    made = step(WATCHES, RULES_FILE, [finding for finding, _target, _line in asked], changes, "none")
    made["content"] = _HEAD + "".join(f"{line}\n" for line in lines)
    return [made]


def _obstacle(auditing: Json, path: t.Any) -> str | None:
    """Why a watch cannot be put in, or None."""
    if not auditing.get("auditd_installed") or not auditing.get("auditctl_installed"):
        return "auditd is not installed on the host, so that nothing would record what the rule asks for"
    status = auditing.get("status") or {}
    if status.get("enabled") == 2:
        return "the kernel's audit rules are locked (-e 2) until the next start of the host"
    written = auditing.get("written") or {}
    if written.get("rules_file_generated") is False:
        return "/etc/audit/audit.rules is written by hand, and loading rules.d would replace it"
    if any(rule.get("malformed") for rule in written.get("rules_directory") or []):
        return "a rule in /etc/audit/rules.d is malformed, and none after it would be loaded: put it right first"
    if not path or not re.fullmatch(r"/[!-~]*", str(path)):
        return "its path cannot be written in an audit rule"
    return None
