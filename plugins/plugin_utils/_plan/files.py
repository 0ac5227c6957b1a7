# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about files to owners and modes. Pure.

A file is taken for what its links lead to. What turns out to be something else than its role says, such as the
``/dev/null`` that masks a unit, is the host's and not the engine's, and is left alone.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.values import octal
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Draft, Json, change, fact, step
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted

ATTRIBUTES = "file_attributes"
_SOCKETS = ("api_socket", "containerd_socket")
# Directories that belong to everybody: closing one of them closes the host.
_SHARED = (
    (
        "/",
        "/bin",
        "/boot",
        "/dev",
        "/dev/shm",
        "/etc",
        "/home",
        "/lib",
        "/lib64",
        "/mnt",
        "/opt",
        "/proc",
        "/root",
        "/run",
    )
    + ("/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/lib", "/usr/local", "/usr/share", "/var", "/var/lib", "/var/tmp")
    + ("/etc/ssl", "/etc/ssl/certs", "/etc/ssl/private", "/etc/pki", "/usr/local/etc", "/usr/local/share")
)


class _Wish(t.NamedTuple):
    finding: Json
    attribute: str
    old: t.Any
    new: t.Any


def attribute_steps(findings: t.Sequence[Json], posture: Json, policy: Json, draft: Draft) -> list[Json]:
    """One step a file, with all that findings want of it; two names of one file are one file."""
    by_path: dict[str, Json] = {}
    for entry in posture.get("files") or []:
        by_path.setdefault(str(entry["path"]), entry)
    wanted: dict[str, list[_Wish]] = {}
    absent: list[tuple[Json, Json]] = []
    names: dict[str, list[str]] = {}
    for finding in findings:
        for subject in finding["subjects"]:
            if subject["verdict"] != "fail":
                continue
            path = str(subject["name"])
            file = by_path.get(path)
            if file is not None and file.get("present") is False:
                absent.append((finding, file))
                continue
            reason = "it is no file of this posture" if file is None else _other_than_expected(file)
            if file is None or reason is not None:
                draft.leave_out(finding, ATTRIBUTES, f"{path}: {reason}", what=path)
                continue
            wishes = [_Wish(finding, *one) for one in _attributes(finding["remedy"]["file"], file, policy)]
            if not wishes:
                reason = f"{path}: its owner and mode are as they should be, and yet: {subject['reason']}"
                draft.leave_out(finding, ATTRIBUTES, reason, what=path)
                continue
            if _of_rootless_user(file, posture):
                reason = f"{path}: it belongs to the user of a rootless engine, who may lead root astray; that user changes it"
                lines = [f"chmod {one.new} {quoted(path)}" for one in wishes if one.attribute == "mode"]
                draft.leave_out(finding, ATTRIBUTES, reason, lines, what=path)
                continue
            if file.get("cannot_change"):
                lines = [f"chmod {one.new} {quoted(path)}" for one in wishes if one.attribute == "mode"]
                draft.leave_out(finding, ATTRIBUTES, f"{path}: {file['cannot_change']}", lines, what=path)
                continue
            real = str(file.get("real_path") or path)
            wanted.setdefault(real, []).extend(wishes)
            names.setdefault(real, []).append(path)
    # Directories before what lies in them: once root alone can change them, root can go there.
    for real in sorted(wanted):
        reason = _replaceable(by_path[names[real][0]], wanted)
        if reason is not None:
            for wish in wanted.pop(real):
                draft.leave_out(wish.finding, ATTRIBUTES, f"{real}: {reason}", what=names[real][0])
    for finding, file in absent:
        _close_for(finding, file, wanted, draft)
    return [_attribute_step(real, names[real][0], wanted[real], by_path) for real in sorted(wanted)]


def _close_for(finding: Json, file: Json, wanted: dict[str, list[_Wish]], draft: Draft) -> None:
    """What fails of a file that does not exist is that others can put one there: its directories are put right."""
    path = str(file["path"])
    opened = [str(one.get("path")) for one in file.get("open_directories") or []]
    reason = _replaceable(file, wanted)
    if reason is None and not opened:
        reason = "who can put one there is not known"
    if reason is not None:
        draft.leave_out(finding, ATTRIBUTES, f"{path}: there is no such file, and {reason}", what=path)
        return
    for directory in opened:
        wanted[directory].append(wanted[directory][0]._replace(finding=finding))


def _attribute_step(real: str, path: str, wishes: list[_Wish], by_path: dict[str, Json]) -> Json:
    new: dict[str, t.Any] = {"owner": None, "group": None, "mode": None}
    old: dict[str, t.Any] = {}
    for wish in wishes:
        old[wish.attribute] = wish.old
        if wish.attribute == "mode" and new["mode"] is not None:
            new["mode"] = _both(new["mode"], wish.new)  # a key that is a certificate as well
        else:
            new[wish.attribute] = wish.new
    changes = [change(name, old[name], new[name]) for name in old]
    made = step(ATTRIBUTES, path, [one.finding for one in wishes], changes, "none", real_path=real, **new)
    if real != path:
        made["notes"].append(f"{path} leads to {real}.")
    if by_path[path]["role"] in _SOCKETS:
        made["notes"].append("Holds until the socket is made anew: see SocketMode= and SocketGroup= of its unit.")
    return made


def _other_than_expected(file: Json) -> str | None:
    """Why the file is none that may be changed, or None."""
    kind, role, real = file.get("type"), file["role"], str(file.get("real_path") or file["path"])
    expected = "socket" if role in _SOCKETS else "directory" if role.endswith("_directory") else "file"
    if kind is None:
        return f"whether it is a {expected} could not be read ({real})"
    if kind != expected:
        return f"it is a {str(kind).replace('_', ' ')} ({real}), not a {expected}"
    if real.rstrip("/") in _SHARED or real.rstrip("/") == "":
        return f"it is {real}, which others use as well"
    return None


def _of_rootless_user(file: Json, posture: Json) -> bool:
    """Root follows no path on which an ordinary user may put links."""
    user = fact(posture, "daemon", "process", "user_id")
    return bool(fact(posture, "daemon", "info", "security_options", "rootless") and user and file.get("uid") == user)


def _replaceable(file: Json, closed: t.Container[str]) -> str | None:
    """Why another user can put a file of their choice in its place while root changes it; None where nobody can.

    ``closed`` are directories that are put right before it.
    """
    directories = file.get("open_directories")
    if not isinstance(directories, list):
        return "who can put another file in its place is not known"
    for directory in directories:
        if directory.get("path") not in closed:
            who = ", ".join(str(one) for one in directory.get("changeable_by") or [])
            return (
                f"{who} can put another file in its place, by {directory.get('path')}; put that directory right first"
            )
    return None


def _attributes(remedy: Json, file: Json, policy: Json) -> t.Iterator[tuple[str, t.Any, t.Any]]:
    """What is to change: name, old and new value."""
    if "owner" in remedy and not _is(file, "owner", "uid", remedy["owner"]):
        yield "owner", file.get("owner") or str(file.get("uid")), remedy["owner"]
    if "group" in remedy:
        group = _group(remedy["group"], file, policy)
        if not _is(file, "group", "gid", group):
            yield "group", file.get("group") or str(file.get("gid")), group
    if "mode" in remedy:
        # Rights are taken away, never given: what is stricter stays.
        new = _both(str(file.get("mode")), _limit(str(remedy["mode"]), file))
        if new is not None and new != _both(str(file["mode"]), "7777"):
            yield "mode", file["mode"], new


def _is(file: Json, name: str, number: str, wanted: str) -> bool:
    """For root the number decides: any account may be called so."""
    return file.get(number) == 0 if wanted == "root" else file.get(name) == wanted


def _both(mode: str, limit: str) -> str | None:
    one, other = octal(mode), octal(limit)
    return None if one is None or other is None else f"{one & other:04o}"


def _limit(mode: str, file: Json) -> str:
    """Directories, and keys below certs.d, have limits other than the files beside them have."""
    if str(file["role"]).endswith("_directory"):
        return "0755"
    if file["role"] == "registry_certificate" and str(file["path"]).endswith(".key"):
        return "0400"
    return mode


def _group(group: str, file: Json, policy: Json) -> str:
    if file["role"] != "api_socket":
        return group
    allowed = [str(one) for one in policy.get("api_socket_groups") or []]
    if file.get("gid") == 0 or file.get("group") in allowed:
        return str(file.get("group"))
    return group if group in allowed else (allowed or ["root"])[0]
