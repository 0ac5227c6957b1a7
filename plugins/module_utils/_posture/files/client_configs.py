# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect where users of the engine keep credentials of registries: in the files of their clients, or in a store.

Only the place and the kind of a credential are returned, never its value. The files belong to users, so no link is
followed, and no other file system is entered.
"""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Bound
from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import mount_of, parse_mountinfo
from ansible_collections.seawall.docker.plugins.module_utils._host.secret_names import is_secret_name
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_string
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture import host_facts

ROLE = "client_config"
# Of the client today, and of clients before 2015, which wrote the part "auths" alone.
_NAMES = (".docker/config.json", ".dockercfg")
_CONFIG = Bound(1 * bounds.MIB, 20_000, 16)
_MAX_USERS = 1000
_MAX_FINDINGS = 100
_MAX_NAME = 200
_KEYS = ("credentials", "credential_store", "credential_helpers")
# Keys of an entry of "auths", and what they hold. ``auth`` is user and password, encoded.
_KINDS = {
    "auth": "password",
    "password": "password",
    "identitytoken": "identity_token",
    "registrytoken": "registry_token",
}
# Where a server or a program of a user answers, or does not: a question there may wait for ever.
_FOREIGN = {
    "9p",
    "afs",
    "autofs",
    "ceph",
    "cifs",
    "coda",
    "gfs2",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb3",
    "smbfs",
}


def client_configs(context: Context) -> list[Document]:
    """Return an entry for each file of the user of the engine and of the users in the groups of its sockets."""
    try:
        users = _users(context)
    except Unread as gap:
        return [_unknown("(unknown client_config)", None, gap.reason)]
    found = [
        entry for user, home in users[:_MAX_USERS] for name in _NAMES for entry in _entries(context, user, home, name)
    ]
    if len(users) > _MAX_USERS:
        found.append(_unknown("(more client_config)", None, f"no more than {_MAX_USERS} users are looked at"))
    return found


def _users(context: Context) -> list[tuple[str, str | None]]:
    """Return name and home of each user, the home None where it is not known. A name without an account stands for users
    who may exist without being listed."""
    section: Document = context.once("section:host", lambda: host_facts.collect(context))
    if "api_groups" not in section:
        raise Unread(section["unread"].get("api_groups", "the users of the engine are not known"))
    owner = context.host.account(context.owner if context.owner is not None else 0)
    homes: dict[str, str | None] = {} if owner is None else {owner.name: owner.home}
    complete = True
    for group in section["api_groups"]:
        complete = complete and group["members_complete"]
        for member in group["members"]:
            account = None if member["uid"] is None else context.host.account(member["uid"])
            if account is not None:
                homes.setdefault(account.name, account.home)
    return [*sorted(homes.items()), *([] if complete else [("(others)", None)])]


def _entries(context: Context, user: str, home: str | None, name: str) -> list[Document]:
    """Return the entry of one file; none for an old one that does not exist."""
    if home is None or not home.startswith("/"):
        reason = "this host does not list all members of the group, so their homes are not known"
        if home is not None:
            reason = f"the home of {user} is not an absolute path"
        return [_unknown(f"(unknown {ROLE} of {user})", user, reason)] if name == _NAMES[0] else []
    path = f"{home.rstrip('/')}/{name}"
    facts = Facts(role=ROLE, path=path, user=user)
    try:
        _require_own_disk(context, home)
        content = context.host.read_below(home, name, _CONFIG.bytes)
        facts.values["present"] = True
        facts.values.update(contents(content, legacy=name == _NAMES[1]))
    except Unread as gap:
        if gap.kind == "absent":
            return [] if name != _NAMES[0] else [{**facts.values, "present": False, "unread": {}}]
        if "present" not in facts.values:
            facts.miss("present", gap.reason)
        for key in _KEYS:
            facts.miss(key, gap.reason)
    else:
        facts.take("mode", lambda: format(context.host.stat(path, False).mode, "04o"))
    return [facts.document()]


def _require_own_disk(context: Context, home: str) -> None:
    mounts = context.once("own_mounts", lambda: parse_mountinfo(context.host.read_text("/proc/self/mountinfo")))
    mount = mount_of(mounts, home)
    if mount is not None and (mount.file_system in _FOREIGN or mount.file_system.startswith("fuse")):
        raise Unread(f"{home} is on a file system of the kind {mount.file_system}, where nothing is read")


def _unknown(path: str, user: str | None, reason: str) -> Document:
    facts = Facts(role=ROLE, path=path, user=user)
    for key in ("present", "mode", *_KEYS):
        facts.miss(key, reason)
    return facts.document()


def contents(content: bytes, legacy: bool = False) -> Document:
    """Return the credentials in a file by place and kind, and where others are kept. Raises Unread.

    Keys are compared without case, as the client does.
    """
    try:
        document = bounds.parse_json(content, _CONFIG, "the file")
    except ValueError:
        raise Unread("the file is not JSON, so the client cannot read it either") from None
    if not isinstance(document, dict):
        raise Unread("the file is not a JSON object, so the client cannot read it either")
    top = _by_name({"auths": document} if legacy else document)
    found = [("auths", name, kind) for name, entry in _mapping(top, "auths").items() for kind in _kinds(entry)]
    for name, proxies in _mapping(top, "proxies").items():
        found += [("proxies", name, "proxy_password") for value in _values(proxies) if _has_password(value)]
    for name, value in _mapping(top, "httpheaders").items():
        if value and (is_secret_name(name) or name.lower() in ("authorization", "proxy-authorization", "cookie")):
            found.append(("HttpHeaders", name, "header"))
    unique = list(dict.fromkeys((section, _shown(name), kind) for section, name, kind in found))
    store = top.get("credsstore")
    return {
        "credentials": [
            {"section": section, "name": name, "kind": kind} for section, name, kind in unique[:_MAX_FINDINGS]
        ],
        "credential_store": _shown(store) if isinstance(store, str) and store else None,
        "credential_helpers": sorted(_shown(name) for name in _mapping(top, "credhelpers"))[:_MAX_FINDINGS],
    }


def _by_name(document: Document) -> Document:
    return {key.lower(): value for key, value in document.items()}


def _mapping(document: Document, key: str) -> Document:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _values(entry: t.Any) -> list[t.Any]:
    return list(entry.values()) if isinstance(entry, dict) else []


def _kinds(entry: t.Any) -> list[str]:
    named = _by_name(entry) if isinstance(entry, dict) else {}
    return [kind for key, kind in _KINDS.items() if named.get(key)]


def _has_password(value: t.Any) -> bool:
    try:
        return isinstance(value, str) and bool(urlsplit(value).password)
    except ValueError:
        return "@" in value


def _shown(name: str) -> str:
    """Return a name for the posture. A key can be an address with a password in it."""
    return mask_string(name[:_MAX_NAME])
