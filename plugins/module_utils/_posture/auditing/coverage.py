# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether audit rules watch a path, in the same way as the kernel. Pure, except for two functions that the
caller passes.

A path is watched if writes to it and changes of its attributes are recorded for all users.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing.rules import AuditRule, Entry, Malformed

# What a rule must record.
REQUIRED_PERMISSIONS = "wa"
# Fields that name single programs or labels: a "never" rule with one silences only those.
_NARROW_FIELDS = ("exe", "pid", "ppid", "msgtype", "subj_user", "subj_role", "subj_type", "fstype", "saddr_fam")
_FILE_CALLS = re.compile(r"all|open|creat|write|rename|link|chmod|chown|truncate|mknod|xattr|mkdir|rmdir|\d+")
_ARCHITECTURES_32 = ("b32", "i386", "i486", "i586", "i686", "arm", "armv7l", "armeb", "ppc", "s390")


class Target(t.NamedTuple):
    """A path that should be watched: as it is named, and with every link resolved."""

    path: str
    real_path: str
    is_directory: bool


class Verdict(t.NamedTuple):
    """``by`` are the rules that together watch the path. ``insufficient`` are rules that name it but do not watch it,
    with the reason."""

    watched: bool
    by: t.List[t.Dict[str, t.Any]]
    insufficient: t.List[t.Dict[str, t.Any]]


# Resolves the links of a directory; and says whether a path is a directory.
Resolve = t.Callable[[str], str]
IsDirectory = t.Callable[[str], bool]


def effective_rules(entries: list[Entry]) -> tuple[list[AuditRule], str | None]:
    """Return the rules in the order in which the kernel would try them after loading these lines, and the reason if not
    all lines are loaded.

    auditctl stops at the first line that it refuses, except after ``-i`` or ``-c``. The kernel accepts no rule after
    ``-e 2``.
    """
    loaded: list[AuditRule] = []
    ignoring = False
    for entry in entries:
        if isinstance(entry, Malformed):
            if ignoring:
                continue
            return loaded, f"auditctl stops at {entry.source}:{entry.line}, which it refuses: {entry.reason}"
        ignoring = ignoring or entry.ignore_errors
        if entry.kind == "delete_all":
            # With a key only the rules go whose key holds it, as a part too.
            loaded = [rule for rule in loaded if entry.keys and not any(entry.keys[0] in key for key in rule.keys)]
        elif entry.kind == "enable" and entry.value == "2":
            return loaded, None
        elif entry.kind not in ("watch", "syscall"):
            continue
        elif entry.remove:
            loaded = [rule for rule in loaded if not _same(entry, rule)]
        elif entry.prepend:
            loaded.insert(0, entry)
        else:
            loaded.append(entry)
    return loaded, None


def _same(rule: AuditRule, other: AuditRule) -> bool:
    """Return whether deleting ``rule`` also deletes ``other``. In doubt it does, since a watch that may be gone does
    not count."""
    if rule.path is None:
        return rule == other._replace(line=rule.line, text=rule.text, source=rule.source, remove=True, prepend=False)
    return other.path is not None and _normal(rule.path) == _normal(other.path)


def written_trees(rules: list[AuditRule], is_directory: IsDirectory) -> set[str]:
    """Return the directories that the written rules watch only as trees, and never as single entries.

    ``auditctl -l`` shows ``-F path=/x -F perm=wa`` as ``-w /x -p wa``. If /x is a directory, the first form watches
    only its entry, and the second one the whole tree. Only the written rule shows the difference.
    """
    trees: set[str] = set()
    entries: set[str] = set()
    for rule in rules:
        if rule.path is not None and rule.action == "always":
            path = _normal(rule.path)
            tree = rule.target == "tree" or (rule.kind == "watch" and is_directory(path))
            (trees if tree else entries).add(path)
    return trees - entries


def unmasked(listed: list[AuditRule], written: list[AuditRule]) -> list[AuditRule]:
    """Return the listed rules, with ``never`` restored from the written rules, since auditctl lists a ``never`` rule as
    a watch."""
    silent = {_normal(rule.path) for rule in written if rule.action == "never" and rule.path is not None}
    return [
        rule._replace(action="never")
        if rule.kind == "watch" and rule.path is not None and _normal(rule.path) in silent
        else rule
        for rule in listed
    ]


def coverage(rules: list[AuditRule], target: Target, resolve: Resolve, is_directory: IsDirectory) -> Verdict:
    """Decide whether the rules, in the order of the kernel, watch the target."""
    by: list[dict[str, t.Any]] = []
    insufficient: list[dict[str, t.Any]] = []
    halves: dict[str, list[dict[str, t.Any]]] = {}
    permissions: dict[str, set[str]] = {"": set(), "b32": set(), "b64": set()}
    silencer: AuditRule | None = None
    for rule in _disabling_first(rules):
        if rule.action == "never":
            if silencer is None and silences(rule, target, resolve, is_directory):
                silencer = rule
            continue
        scope = scope_on(rule, target, resolve, is_directory)
        if scope is None:
            continue
        found = {"rule": rule.text, "source": rule.source, "line": rule.line, "scope": scope}
        reason = _shortfall(rule, scope, silencer)
        if reason:
            insufficient.append({**found, "reason": reason})
            continue
        width = _width(rule)
        permissions[width] |= set(rule.permissions)
        halves.setdefault(width, []).append(found)
    # Rules of one path join: one may hold writes, another attributes; one 32-bit calls, another 64-bit ones.
    required = set(REQUIRED_PERMISSIONS)
    everywhere = permissions[""]
    watched = required <= (everywhere | permissions["b32"]) and required <= (everywhere | permissions["b64"])
    for width in ("", "b32", "b64"):
        for found in halves.get(width, []):
            if watched:
                by.append(found)
            else:
                insufficient.append({**found, "reason": _missing(permissions, width)})
    return Verdict(watched, by, insufficient)


def _disabling_first(rules: list[AuditRule]) -> list[AuditRule]:
    """Return the rules with those of the list ``task`` first. The kernel checks it when a process starts, before the
    list ``exit``."""
    return [rule for rule in rules if rule.filter == "task"] + [rule for rule in rules if rule.filter == "exit"]


def scope_on(rule: AuditRule, target: Target, resolve: Resolve, is_directory: IsDirectory) -> str | None:
    """Return which part of the target the rule covers: ``tree``, ``file``, ``directory`` (only its own entry), ``link``
    (only the symbolic link), ``unclear`` (perhaps the tree), or None."""
    if rule.path is None or rule.filter != "exit":
        return None
    path = _normal(rule.path)
    place = kernel_path(path, resolve)
    # auditctl loads a watch as a tree where its path is a directory.
    tree = rule.target == "tree" or (rule.kind == "watch" and is_directory(path))
    if place == target.real_path:
        if tree:
            return "tree"
        return "directory" if target.is_directory else "file"
    if is_below(target.real_path, place) and (tree or rule.kind == "watch"):
        return "tree" if tree else "unclear"
    if path == _normal(target.path) or place == kernel_path(_normal(target.path), resolve):
        return "link"
    return None


def silences(rule: AuditRule, target: Target, resolve: Resolve, is_directory: IsDirectory) -> bool:
    """Return whether a ``never`` rule can prevent that events of the target are recorded."""
    if rule.filter not in ("task", "exit"):
        return False
    if any(field.name in _NARROW_FIELDS and field.operator == "=" for field in rule.fields):
        return False
    if rule.path is not None:
        return scope_on(rule, target, resolve, is_directory) not in (None, "link", "unclear")
    return rule.filter == "task" or any(_FILE_CALLS.search(call) for call in rule.syscalls)


def _shortfall(rule: AuditRule, scope: str, silencer: AuditRule | None) -> str:
    """Return the reason if the rule does not count at all, else an empty string."""
    if scope == "link":
        return "it watches the symbolic link, not the file behind it"
    if scope == "unclear":
        return "it watches a directory above, and nothing shows that the files below are meant"
    if rule.fields:
        names = ", ".join(sorted({field.name for field in rule.fields}))
        return f"it records only some of the accesses: it is narrowed by {names}"
    if rule.syscalls and "all" not in rule.syscalls:
        return "it records only the system calls that it names"
    if silencer is not None:
        return f"an earlier rule keeps it silent: {silencer.text}"
    return ""


def _width(rule: AuditRule) -> str:
    if rule.architecture is None:
        return ""
    return "b32" if rule.architecture.lower() in _ARCHITECTURES_32 else "b64"


def _missing(permissions: dict[str, set[str]], width: str) -> str:
    own = permissions[""] | permissions[width]
    lacking = [name for letter, name in (("w", "writes"), ("a", "changes of attributes")) if letter not in own]
    if lacking:
        return f"it does not record {' and '.join(lacking)}"
    other = "32-bit" if width == "b64" else "64-bit"
    return f"it does not record {other} system calls"


def kernel_path(path: str, resolve: Resolve) -> str:
    """Return the path to which the kernel attaches a rule. It follows links of the directories, but not a link at the
    end."""
    directory, _slash, name = path.rpartition("/")
    if not name:
        return "/"
    parent = resolve(directory or "/")
    return f"{parent.rstrip('/')}/{name}"


def is_below(path: str, directory: str) -> bool:
    """Return whether the path is below the directory, compared by whole components."""
    return directory == "/" or path.startswith(directory.rstrip("/") + "/")


def _normal(path: str) -> str:
    """Return the path without doubled and trailing slashes. ``..`` stays, since the kernel does not resolve it either."""
    return "/" + "/".join(part for part in path.split("/") if part)
