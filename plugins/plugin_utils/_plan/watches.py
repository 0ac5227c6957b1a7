# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about audit rules to one file of rules. Pure.

Whether a rule records what it should is decided as an audit decides it: by all written rules, in the kernel's order.
"""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.coverage import (
    Target,
    coverage,
    effective_rules,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.rules import (
    OWN_DIRECTORIES,
    OWN_RULES,
    lines_of,
    parse_rules,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Draft, Json, change, fact, some, step

KIND = "audit_watches"
RULES_FILE = OWN_RULES
_HEAD = "# Written by seawall.docker: who changes the parts of Docker.\n"
# Gone with every boot. auditd loads its rules before an engine makes its directories there anew, and loading ends at the
# first path whose directory is missing: so such paths come last, and the directories are made before auditd starts.
_VOLATILE = re.compile(r"(?:^-w |=)(/run/\S+)")
BOOT_FILE = OWN_DIRECTORIES
_BOOT_HEAD = "# Written by seawall.docker: auditd can watch these from the start of the host on.\n"
# As engine and containerd make them: nobody else may list them; remapped containers pass through the second.
_BOOT_MODES = {"/run/docker": "0700", "/run/containerd": "0711"}


# Where programs and configuration of the host are.
_OF_ROOT = ("/usr/", "/etc/", "/lib/")


class _Asked(t.NamedTuple):
    finding: Json
    target: str
    line: str


def watch_steps(findings: t.Sequence[Json], posture: Json, draft: Draft) -> list[Json]:
    """All missing watches as one file of rules, with those that an earlier run put there."""
    auditing = posture.get("auditing") or {}
    asked = []
    for finding in findings:
        watch = finding["remedy"]["audit_watch"]
        path = _path_of(auditing, watch["target"])
        line = f"-w {path} -p {watch.get('permissions', 'wa')} -k {watch.get('key', 'docker')}"
        unwritable = _cannot_be_written(path, watch)
        reason = obstacle(auditing) or unwritable or _of_another_user(path, posture)
        if reason is not None:
            draft.leave_out(finding, KIND, reason, [] if unwritable else [line], what=path)
        else:
            asked.append(_Asked(finding, watch["target"], line))
    watched = watched_with(auditing, [*_earlier(auditing), *(one.line for one in asked)])
    for one in [one for one in asked if not watched.get(one.target)]:
        asked.remove(one)
        reason = "another rule in /etc/audit/rules.d keeps the kernel from recording it (never, or -e 2 before it)"
        draft.leave_out(one.finding, KIND, reason, [one.line], what=_path_of(auditing, one.target))
    if not asked:
        return []
    earlier = _earlier(auditing)
    lines = list(dict.fromkeys([*earlier, *(one.line for one in asked)]))
    lines.sort(key=lambda line: _VOLATILE.search(line) is not None)
    changes = [change(one.target, "written" if one.line in earlier else None, one.line) for one in asked]
    made = step(KIND, RULES_FILE, [one.finding for one in asked], changes, "none")
    made["later"] = False
    made["content"] = _HEAD + "".join(f"{line}\n" for line in lines)
    _outlive_boots(made, lines, posture)
    if fact(auditing, "status", "daemon_pid") == 0:
        made["notes"].append("auditd does not run: records go to the kernel's log until it is started.")
    return [made]


def _outlive_boots(made: Json, lines: t.Sequence[str], posture: Json) -> None:
    """Add what makes the rules load at the next boot as well."""
    directories = _directories_at_boot(lines, posture["auditing"])
    made["boot_file"] = made["boot_content"] = None
    if not directories:
        return
    fault = fact(posture, "auditing", "cannot_write", BOOT_FILE)
    if fault is not None or fact(posture, "daemon", "process", "manager") != "systemd":
        made["notes"].append(
            (f"{fault}. " if fault is not None else "")
            + f"At the next boot {some(directories)} must be there before auditd loads its rules; "
            "else run augenrules --load once the engine has started."
        )
        return
    entries = [f"d {_in_tmpfiles(path)} {_BOOT_MODES[_below_run(path)]} root root -" for path in directories]
    made["boot_file"] = BOOT_FILE
    made["boot_content"] = _BOOT_HEAD + "".join(f"{entry}\n" for entry in entries)
    made["changes"] += [change(f"created at boot ({BOOT_FILE})", None, entry) for entry in entries]


def _directories_at_boot(lines: t.Sequence[str], auditing: Json) -> list[str]:
    """Directories of the engine below /run that watched paths lie in, or are, those above first."""
    directories = _directories(auditing.get("targets") or {})
    found: set[str] = set()
    for path in [match[1] for match in map(_VOLATILE.search, lines) if match]:
        place = path if path in directories else posixpath.dirname(path)
        while place != "/run":
            found.add(place)
            place = posixpath.dirname(place)
    return sorted(place for place in found if _below_run(place) in _BOOT_MODES)


def _in_tmpfiles(path: str) -> str:
    """The path as a word of tmpfiles.d: there "%" begins a specifier, and quotes and backslashes have a meaning."""
    path = path.replace("%", "%%")
    if not re.search(r"[\s\"'\\]", path):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _below_run(path: str) -> str:
    return "/".join(path.split("/")[:3])


def watched_with(auditing: Json, lines: t.Sequence[str]) -> dict[str, bool]:
    """Which targets of this host are watched once our file holds these lines and all files of rules are loaded."""
    targets = {name: one for name, one in (auditing.get("targets") or {}).items() if one.get("present")}
    directories = _directories(targets)
    rules, _stop = effective_rules(parse_rules(lines_of("\n".join(_merged(auditing, lines)), RULES_FILE)))
    return {
        name: coverage(
            rules,
            Target(str(one["path"]), str(one["real_path"]), one.get("type") == "directory"),
            lambda path: path,
            lambda path: path in directories,
        ).watched
        for name, one in targets.items()
    }


def _directories(targets: Json) -> set[str]:
    return {str(one.get("real_path")) for one in targets.values() if one.get("type") == "directory"}


def _merged(auditing: Json, lines: t.Sequence[str]) -> list[str]:
    """All rules as augenrules merges them: files by their names, what locks the rules at the end."""
    others = [one for one in fact(auditing, "written", "rules_directory") or [] if one.get("source") != RULES_FILE]
    last = [one for one in others if one.get("kind") == "enable"]
    rest = [one for one in others if one not in last]
    before = [one for one in rest if one.get("kind") == "delete_all" or _place(one) < _place({"source": RULES_FILE})]
    after = [one for one in rest if one not in before]
    return [str(one["text"]) for one in before] + list(lines) + [str(one["text"]) for one in [*after, *last]]


def _place(rule: Json) -> list[tuple[int, str]]:
    """The order of ls -v, by which augenrules goes: digits compare as numbers."""
    parts = re.split(r"(\d+)", str(rule.get("source")).rpartition("/")[2])
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _earlier(auditing: Json) -> list[str]:
    written = fact(auditing, "written", "rules_directory") or []
    return [str(rule["text"]) for rule in written if rule.get("source") == RULES_FILE and not rule.get("malformed")]


def _path_of(auditing: Json, target: str) -> str:
    return str(fact(auditing, "targets", target, "real_path") or fact(auditing, "targets", target, "path") or "")


def _cannot_be_written(path: str, watch: Json) -> str | None:
    """Why there is no line for it. Rules are parted by spaces and lines, and not every auditctl takes a backslash."""
    if not re.fullmatch(r"/[!-\[\]-~]*", path):
        return "its path cannot be written in an audit rule"
    if not re.fullmatch(r"[!-\[\]-~]{1,31}", str(watch.get("key", "docker"))):
        return "its key cannot be written in an audit rule"
    permissions = str(watch.get("permissions", "wa"))
    if not re.fullmatch(r"[rwxa]{1,4}", permissions):
        return "its permissions are not of r, w, x and a"
    if not {"w", "a"} <= set(permissions):
        return "its permissions are without w or a, and an audit takes nothing for watched without both"
    return None


def _of_another_user(path: str, posture: Json) -> str | None:
    """Return why a path of a rootless engine is not watched: loading ends at the first path whose directory is missing."""
    if not fact(posture, "daemon", "info", "security_options", "rootless") or path.startswith(_OF_ROOT):
        return None
    return "the engine is rootless: its user could remove the path, and auditd would then load no rule after this one"


def obstacle(auditing: Json) -> str | None:
    """Why a watch cannot be put in, or would record nothing; None where it can."""
    for program in ("auditd", "auditctl"):
        installed = auditing.get(f"{program}_installed")
        if installed is None:
            return f"whether {program} is installed on the host is not known"
        if not installed:
            return "auditd is not installed on the host, so that nothing would record what the rule asks for"
    enabled = fact(auditing, "status", "enabled")
    if enabled is None:
        return "whether the kernel takes audit rules is not known"
    if enabled == 2:
        return "the kernel's audit rules are locked (-e 2) until the next start of the host"
    if enabled == 0:
        return "auditing is turned off in the kernel, so that no rule records anything (auditctl -e 1 turns it on)"
    return _obstacle_in_files(auditing)


def _obstacle_in_files(auditing: Json) -> str | None:
    faults = auditing.get("cannot_write") or {}
    for path in (RULES_FILE, "/etc/audit/audit.rules"):
        if path in faults:
            return str(faults[path])
    written = auditing.get("written")
    if not isinstance(written, dict):
        return "the rules that are written could not be read, and loading rules.d could replace others"
    if written.get("rules_file_generated") is False and written.get("rules_file"):
        return "/etc/audit/audit.rules is written by hand, and loading rules.d would replace it"
    rules = written.get("rules_directory") or []
    if any(rule.get("malformed") for rule in rules):
        return "a rule in /etc/audit/rules.d is malformed, and none after it would be loaded: put it right first"
    if auditing.get("loaded") and not any(rule.get("kind") == "delete_all" for rule in rules):
        return "/etc/audit/rules.d has no -D, so that loading it ends at the first rule that is loaded already"
    return None
