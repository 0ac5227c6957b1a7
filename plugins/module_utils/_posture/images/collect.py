# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect images: their user, their health check, the containers that use them, and what their history shows."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document, container_name
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, object_path
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.collect import changes_mounts, identity
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.options import has_health_check
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.secret_suspects import secret_suspects
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.started_with import record_of
from ansible_collections.seawall.docker.plugins.module_utils._posture.images import history

_NONE = "<none>"
_CONFIG_FACTS = ("created_at", "user", "user_is_root", "healthcheck")
_HISTORY_FACTS = ("layers", "undescribed_layers", "lone_package_update_layers", "add_instructions", "secret_suspects")
# A passwd file of an image is small; more is not one.
_MAX_PASSWD_BYTES = bounds.PASSWD_BYTES


def collect(context: Context) -> list[Document]:
    """Return every image in the order of names. Raises Unread if the images cannot be listed."""
    listed = _list(context)
    images = [
        _image(context, entry)
        if number < bounds.IMAGES
        else _gone(entry, f"no more than {bounds.IMAGES} images are asked about")
        for number, entry in enumerate(listed)
    ]
    if any(image is None for image in images):
        # Some went while we looked. One that is still listed stays, with its gaps.
        left = {entry["Id"] for entry in _list(context)}
        images = [image or _gone(entry) for image, entry in zip(images, listed) if image or entry["Id"] in left]
    return sorted((image for image in images if image), key=lambda image: (image["name"], image["id"]))


def _list(context: Context) -> list[Document]:
    listed = context.engine.get("/images/json")
    if not isinstance(listed, list):
        raise EngineError("the engine's answer to /images/json is not a list", "protocol")
    for entry in listed:
        if not isinstance(entry, dict) or not isinstance(entry.get("Id"), str) or not entry["Id"]:
            raise EngineError("the engine lists an image without an id", "protocol")
    return listed


def _image(context: Context, entry: Document) -> Document | None:
    """Return one image in normal form, or None if the engine does not have it any more."""
    identifier = entry["Id"]
    facts = _listed_facts(entry)
    gap = ""
    facts.take("in_use_by", lambda: users_of(context, identifier))
    try:
        inspected = context.engine.get(object_path("images", identifier, "json"))
        config = inspected.get("Config") if isinstance(inspected, dict) else None
        if not isinstance(config, dict):
            # The containerd store gives null for an image without a runnable configuration.
            raise EngineError(f"the engine describes image {identifier[:19]} without its configuration", "protocol")
    except EngineError as error:
        if error.kind == "absent":
            return None
        for key in _CONFIG_FACTS:
            facts.miss(key, error.reason)
        config, gap = {}, error.reason
    else:
        user = str(config.get("User") or "")
        is_root, reason = user_is_root(user)
        if is_root is None:
            is_root, reason = _user_by_container(context, identifier, user, reason)
        facts.values.update(
            created_at=inspected.get("Created") or None,
            user=user,
            user_is_root=is_root,
            user_reason=reason,
            healthcheck=has_health_check((config.get("Healthcheck") or {}).get("Test")),
        )
    try:
        layers = history.layers_of(context.engine.get(object_path("images", identifier, "history")))
    except (EngineError, ValueError) as error:
        for key in _HISTORY_FACTS:
            facts.miss(key, str(error))
    else:
        facts.values.update(
            layers=len(layers),
            undescribed_layers=history.undescribed(layers),
            lone_package_update_layers=history.lone_updates(layers),
            add_instructions=history.add_instructions(layers),
        )
        facts.take("secret_suspects", lambda: secret_suspects_of(layers, config, gap))
    return facts.document()


def secret_suspects_of(layers: list[history.Layer], config: Document, gap: str) -> list[Document]:
    """Return what the history and the configuration of an image show. Raises Unread if that is nothing and not all could
    be searched; ``gap`` is why the configuration is not known."""
    found = history.secret_suspects(layers, [str(variable) for variable in config.get("Env") or []])
    try:
        if gap:
            raise Unread(gap)
        # Its environment is searched beside that of the layers, which say where a variable comes from.
        more = [one for one in secret_suspects(config) if one["kind"] != "environment"]
    except Unread:
        if not found:
            raise
        return found
    known = {(one["kind"], one["name"], one["pattern"]) for one in found}
    return found + [{"layer": None, **one} for one in more if (one["kind"], one["name"], one["pattern"]) not in known]


def _listed_facts(entry: Document) -> Facts:
    tags = [tag for tag in entry.get("RepoTags") or [] if isinstance(tag, str) and _NONE not in tag]
    digests = [digest for digest in entry.get("RepoDigests") or [] if isinstance(digest, str) and _NONE not in digest]
    identifier = entry["Id"]
    return Facts(
        id=identifier,
        name=tags[0] if tags else identifier[:19],
        tags=sorted(tags),
        digests=sorted(digests),
        dangling=not tags,
        size_bytes=entry.get("Size"),
    )


def _gone(entry: Document, reason: str = "the engine lists this image but does not describe it") -> Document:
    facts = _listed_facts(entry)
    for key in (*_CONFIG_FACTS, *_HISTORY_FACTS, "in_use_by"):
        facts.miss(key, reason)
    return facts.document()


def users_of(context: Context, identifier: str) -> list[str]:
    """Return the names of the containers that were made from the image, running or not. Raises Unread."""
    context.require_all_described()
    return sorted(
        container_name(inspected)
        for inspected in context.containers()
        if identifier in (inspected.get("Image"), (inspected.get("ImageManifestDescriptor") or {}).get("digest"))
    )


def user_is_root(user: str) -> tuple[bool | None, str]:
    """Return whether ``USER`` is root, and the reason. None for a name, since its id is written inside the image."""
    name = user.partition(":")[0]
    if not name:
        return True, "no user is set" if not user else "only a group is set"
    if is_number(name):
        # Not by int(): an image can name a number of thousands of digits, which Python refuses to read.
        return not name.lstrip("+-0"), "the user is a number"
    if name == "root":
        return True, "the user is root"
    return None, "the user is a name, whose id only the image's own /etc/passwd tells"


def is_number(text: str) -> bool:
    """Return whether the engine reads the text as a user id: decimal ASCII digits, optionally with a sign."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    return digits.isascii() and digits.isdigit()


def _user_by_container(context: Context, identifier: str, user: str, reason: str) -> tuple[bool | None, str]:
    """Find the user from a running container of the image: from the id that the engine found for the same name, or from
    the passwd file of the container. A process of the container can write that file, so the file can show only that the
    user is root."""
    name = user.partition(":")[0]
    try:
        context.require_local()
        candidates = [one for one in context.containers() if one.get("Image") == identifier]
    except Unread:
        return None, reason
    for inspected in candidates:
        if str((inspected.get("Config") or {}).get("User") or "") != user:
            continue
        try:
            uid = record_of(context, identity(inspected)).user_id
        except Unread:
            continue
        return uid == 0, f"the engine started container {container_name(inspected)} as the user with the id {uid}"
    for inspected in candidates:
        if changes_mounts(inspected):
            # It may have put anything there, such as a file system that never answers.
            continue
        try:
            pid = first_process(context, identity(inspected)).pid
            found = passwd_uid(_passwd(context, pid), name)
        except Unread:
            continue
        if found == 0:
            return True, f"/etc/passwd in container {container_name(inspected)} gives the user the id 0"
    return None, reason


def _passwd(context: Context, pid: int) -> str:
    """Return the passwd file of the container. A link is not followed, since it would lead to files of the host. A file
    that is mounted there is not read, since it does not belong to the image."""
    content = context.host.read_below(f"/proc/{pid}/root", "etc/passwd", _MAX_PASSWD_BYTES)
    return content.decode("utf-8", "replace")


def passwd_uid(text: str, name: str) -> int | None:
    """Return the id of a name in a passwd file. The first line with the name counts, as for the engine."""
    for line in text.split("\n"):
        fields = line.split(":")
        if len(fields) >= 3 and fields[0] == name:
            return int(fields[2]) if is_number(fields[2]) and len(fields[2]) < 20 else None
    return None
