# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the files that belong to the engine: who owns them, and who can change or replace them. Links are resolved.

If a fact of a file could not be read, its entry gives the reason. A file that does not exist has an entry, too.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.model import DEVICES
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.certificate import validities
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import access_list, places
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.client_configs import client_configs
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.open_directories import open_directories

# Far more certificates than any site has; a tree beyond this is a mistake or an attack.
MAX_CERTIFICATES = 5000
MAX_DEPTH = 8
_MAX_CERTIFICATE_BYTES = 1 * bounds.MIB
_STATUS_KEYS = ("type", "owner", "group", "uid", "gid", "mode", "hard_links")

# There are many places for them, and hardly ever one of them exists.
_DROP_IN_DIRECTORIES = ("service_dropin_directory", "socket_dropin_directory")

Paths = t.Callable[[Context], t.List[str]]


def collect(context: Context) -> list[Document]:
    """Return all entries in the order of role and path. Raises Unread for an engine on another host."""
    context.require_local()
    entries = []
    for role, find in ROLES:
        try:
            paths = find(context)
        except Unread as gap:
            entries.append(unknown_entry(role, gap.reason))
            continue
        found = [file_entry(context, role, path) for path in paths]
        entries += [entry for entry in found if not (role in _DROP_IN_DIRECTORIES and _is_absent(entry))]
    return entries + certificates(context) + client_configs(context)


def _is_absent(entry: Document) -> bool:
    """Return whether there is no such file, and only root can make it."""
    return entry.get("present") is False and entry.get("open_directories") == []


def file_entry(context: Context, role: str, path: str) -> Document:
    """Return the entry of one file. Links are followed, so owner and mode are those of the target."""
    if path.startswith("@"):
        return _abstract_socket(role, path)
    facts = Facts(role=role, path=path)
    facts.take("real_path", lambda: context.host.real_path(path))
    facts.take("open_directories", lambda: open_directories(context, path))
    try:
        status = context.host.stat(path)
    except Unread as gap:
        if gap.kind == "absent":
            facts.values["present"] = False
            return facts.document()
        for key in ("present", *_STATUS_KEYS, "access_list"):
            facts.miss(key, gap.reason)
        return facts.document()
    if status.type in DEVICES:
        # A unit is masked by a link to /dev/null. A device has a mode of its own, which the host needs.
        facts.values.update(present=False, type=status.type)
        return facts.document()
    account = context.host.account(status.uid)
    group = context.host.group(status.gid)
    facts.values.update(
        present=True,
        type=status.type,
        owner=account.name if account else None,
        group=group.name if group else None,
        uid=status.uid,
        gid=status.gid,
        mode=format(status.mode, "04o"),
        hard_links=status.names if status.type != "directory" else 1,
    )
    facts.take("access_list", lambda: access_list.document(context.host, access_list.grants(context.host, path)))
    # A file that cannot be changed is rare, and a fact of its own for each of thousands would be much.
    fault = context.host.cannot_change(facts.values["real_path"]) if "real_path" in facts.values else None
    if fault is not None:
        facts.values["cannot_change"] = fault
    return facts.document()


def _abstract_socket(role: str, path: str) -> Document:
    """Return the entry of a unix socket without a file, as systemd can open one. The kernel lets everybody connect to
    it."""
    nobody: dict[str, t.Any] = dict.fromkeys(("owner", "group", "uid", "gid"))
    facts = Facts(role=role, path=path, real_path=path, present=True, type="abstract_socket", mode="0777", **nobody)
    facts.values.update(hard_links=1, access_list=[], open_directories=[])
    return facts.document()


def unknown_entry(role: str, reason: str) -> Document:
    """Return the entry for a file whose path is not known."""
    facts = Facts(role=role, path=f"(unknown {role})")
    for key in ("real_path", "open_directories", "present", *_STATUS_KEYS, "access_list"):
        facts.miss(key, reason)
    return facts.document()


def certificates(context: Context) -> list[Document]:
    """Return the files and directories below certs.d, where the engine keeps the certificates for each registry."""
    try:
        top = f"{places.config_directory(context)}/certs.d"
        if not context.host.exists(top):
            return [file_entry(context, "registry_certificate", top)]
        found: list[Document] = []
        _walk(context, top, 0, set(), found)
    except Unread as gap:
        return [unknown_entry("registry_certificate", gap.reason)]
    return found


def _walk(context: Context, directory: str, depth: int, seen: set[tuple[int, int]], found: list[Document]) -> None:
    status = context.host.stat(directory)
    if (status.device, status.inode) in seen:
        return  # a link back up
    seen.add((status.device, status.inode))
    found.append(file_entry(context, "registry_directory", directory))
    if depth >= MAX_DEPTH:
        raise Unread(f"{directory} lies more than {MAX_DEPTH} directories deep and was not read")
    for name in context.host.list_directory(directory):
        entry = file_entry(context, "registry_certificate", f"{directory}/{name}")
        if entry.get("type") == "directory":
            _walk(context, f"{directory}/{name}", depth + 1, seen, found)
        else:
            _add_expiry(context, entry)
            found.append(entry)
        if len(found) > MAX_CERTIFICATES:
            raise Unread(f"there are more than {MAX_CERTIFICATES} files below certs.d")


def _add_expiry(context: Context, entry: Document) -> None:
    """Add ``expires_at`` to the entry of a certificate: of several in the file, that of the one that expires first."""
    if not entry["path"].endswith((".crt", ".cert")) or entry.get("type") != "file":
        return
    try:
        text = context.host.read_text(entry["path"], _MAX_CERTIFICATE_BYTES)
        entry["expires_at"] = min(validity.expires_at for validity in validities(text))
    except (Unread, ValueError) as fault:
        entry["unread"]["expires_at"] = str(fault)


def _tls_file(key: str) -> Paths:
    def find(context: Context) -> list[str]:
        path = places.daemon_fact(context, "tls", key)
        return [path] if path else []

    return find


ROLES: tuple[tuple[str, Paths], ...] = (
    ("service_unit", lambda context: [places.service_unit(context).fragment]),
    ("service_dropin", lambda context: places.service_unit(context).drop_ins),
    ("service_dropin_directory", places.service_drop_in_directories),
    ("socket_unit", lambda context: [places.socket_unit(context).fragment]),
    ("socket_dropin", lambda context: places.socket_unit(context).drop_ins),
    ("socket_dropin_directory", places.socket_drop_in_directories),
    ("config_directory", lambda context: [places.config_directory(context)]),
    ("daemon_json", lambda context: [places.config_file(context)]),
    ("defaults_file", lambda context: [places.DEFAULTS_FILE]),
    ("environment_file", places.environment_files),
    ("environment_directory", places.environment_directories),
    ("sysconfig_file", lambda context: [places.SYSCONFIG_FILE]),
    ("tls_ca", _tls_file("ca")),
    ("tls_certificate", _tls_file("certificate")),
    ("tls_key", _tls_file("key")),
    ("api_socket", places.api_sockets),
    ("containerd_socket", places.containerd_sockets),
)
