# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is recorded of an engine: containers, their images, networks and volumes, as the engine says it."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._remake import own_files, start_order
from ansible_collections.seawall.docker.plugins.module_utils._remake.compose import project_of
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import Document, RemakeFailure
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine
from ansible_collections.seawall.docker.plugins.module_utils._remake.start_order import name_of

# The engine makes these itself.
PREDEFINED = ("bridge", "host", "none")
_DRIVERS = ("bridge", "macvlan", "ipvlan")
_MEANT_BY_MODE = ("default", "bridge", "host", "none", "")


class Wanted(t.NamedTuple):
    """``containers`` are names in the order of their start, None for all. ``images`` are named beside those of containers."""

    containers: t.Optional[t.List[str]]
    outside: t.List[str]
    images: t.List[str]
    # Leave what compose made to compose.
    compose: bool = False


def containers(engine: OwnEngine, wanted: Wanted) -> t.List[Document]:
    """Return the entries of the containers, those that others need first. Raises RemakeFailure with all that forbids it."""
    engine.context.require_all_described()
    all_of_them = engine.containers()
    if wanted.containers is None:
        chosen = start_order.ordered(all_of_them)
    else:
        chosen = [_named(all_of_them, name) for name in wanted.containers]
    names = [name_of(one) for one in chosen]
    twice = sorted({name for name in names if names.count(name) > 1})
    unknown = sorted(set(wanted.outside) - set(names))
    refusals = [f"containers names {name} twice" for name in twice]
    refusals += [f"outside names {name}, which is not among the containers" for name in unknown]
    refusals += [reason for one in chosen for reason in _refusals(one, name_of(one) in wanted.outside)]
    refusals += _joining_outside(chosen, wanted.outside)
    refusals += _needing_left(chosen) if wanted.compose else []
    missing = start_order.missing_before(chosen)
    if missing is not None:
        refusals.append(f"{missing[0]}: it needs the container {missing[1]}, which is not named before it")
    if refusals:
        raise RemakeFailure(f"nothing was recorded: {'; '.join(refusals)}", refusals=refusals)
    return [
        _entry(engine, one, name_of(one) in wanted.outside, wanted.compose and bool(project_of(one))) for one in chosen
    ]


def _named(all_of_them: t.List[Document], name: str) -> Document:
    found = start_order.found_in(all_of_them, name)
    if found is None:
        raise RemakeFailure(f"nothing was recorded: no container is called {name}")
    return found


def _refusals(inspected: Document, outside: bool) -> t.List[str]:
    name, config = name_of(inspected), inspected["HostConfig"]
    found = []
    if config.get("AutoRemove"):
        found.append(
            f"{name}: it is removed as soon as it is stopped (--rm), so nothing would be left to go back to; leave it out"
        )
    if not outside and len(start_order.joined_by(inspected)) > 1:
        found.append(
            f"{name}: it shares namespaces with two containers, whose user namespaces will be two; leave it out"
        )
    if str(config.get("NetworkMode") or "") in _MEANT_BY_MODE:
        return found
    for network, said in (inspected["NetworkSettings"].get("Networks") or {}).items():
        if not said.get("NetworkID") and not _runs(inspected):
            found.append(f"{name}: the engine does not say which network {network} is; start it once, or leave it out")
    return found


def _joining_outside(chosen: t.List[Document], outside: t.List[str]) -> t.List[str]:
    """Return why containers cannot be remapped whose namespaces are those of a container that is not."""
    kept = [one for one in chosen if name_of(one) in outside or one["HostConfig"].get("UsernsMode") == "host"]
    return [
        f"{name_of(one)}: it shares namespaces with {name_of(other)}, whose users stay those of the host, and so would stay there"
        " as well; name it in outside, too, or leave it out"
        for one in chosen
        for other in kept
        if one not in kept and any(start_order.found_in([other], joined) for joined in start_order.joined_by(one))
    ]


def _runs(inspected: Document) -> bool:
    return bool(inspected["State"].get("Running"))


def _needing_left(chosen: t.List[Document]) -> t.List[str]:
    """Return which containers need one that only compose makes, later."""
    left = [one for one in chosen if project_of(one)]
    return [
        f"{name_of(one)}: it needs the container {name_of(other)}, which is left to compose; leave it out, too"
        for one in chosen
        for other in left
        if one not in left and any(start_order.found_in([other], needed) for needed in start_order.shared_with(one))
    ]


def _entry(engine: OwnEngine, inspected: Document, outside: bool, left: bool) -> Document:
    state = inspected["State"]
    return {
        "inspect": inspected,
        "was_running": _runs(inspected),
        "was_paused": bool(state.get("Paused")),
        "was_healthy": (state.get("Health") or {}).get("Status") == "healthy",
        "left": left,
        "outside": outside or inspected["HostConfig"].get("UsernsMode") == "host",
        "written": own_files.written(engine, inspected),
    }


def networks(engine: OwnEngine, entries: t.List[Document]) -> t.List[Document]:
    """Return the networks that the containers are attached to, but those that each engine has."""
    found: t.Dict[str, Document] = {}
    for entry in entries:
        for name, said in (entry["inspect"]["NetworkSettings"].get("Networks") or {}).items():
            if name in PREDEFINED:
                continue
            network = engine.get("networks", str(said.get("NetworkID") or name))
            if network is None:
                raise RemakeFailure(f"nothing was recorded: the network {name} of {name_of(entry['inspect'])} is gone")
            reason = _not_made_again(network)
            if reason:
                raise RemakeFailure(f"nothing was recorded: the network {name} {reason}; leave its containers out")
            found[str(network["Id"])] = network
    names = [one["Name"] for one in found.values()]
    for name in names:
        if names.count(name) > 1:
            raise RemakeFailure(
                f"nothing was recorded: several networks are called {name}; rename or remove all but one"
            )
    # Who is attached changes, and is no part of what a network is.
    return [{key: value for key, value in found[one].items() if key != "Containers"} for one in sorted(found)]


def _not_made_again(network: Document) -> str:
    if network.get("Scope") != "local":
        return "is one of a swarm, which an engine with another user mapping is not in"
    if network.get("Driver") not in _DRIVERS:
        return f"has the driver {network.get('Driver')}, which an engine with another user mapping may not have"
    if (network.get("IPAM") or {}).get("Driver") not in ("default", None):
        return "gets its addresses from a plugin, which an engine with another user mapping may not have"
    if (network.get("ConfigFrom") or {}).get("Network"):
        return "takes its configuration from another network (--config-from), which is not made again"
    return ""


def volumes(engine: OwnEngine, entries: t.List[Document]) -> t.List[Document]:
    names = {
        str(mount["Name"])
        for entry in entries
        for mount in entry["inspect"].get("Mounts") or []
        if mount.get("Type") == "volume" and mount.get("Name")
    }
    found = []
    for name in sorted(names):
        volume = engine.get("volumes", name)
        if volume is None:
            raise RemakeFailure(f"nothing was recorded: the volume {name} is gone")
        if volume.get("Driver") != "local":
            raise RemakeFailure(
                f"nothing was recorded: the volume {name} is one of the driver {volume.get('Driver')}, which may be none"
                " of the engine with another user mapping; leave its containers out"
            )
        found.append({key: volume.get(key) for key in ("Name", "Driver", "Mountpoint", "Options", "Labels")})
    return found


def images(engine: OwnEngine, entries: t.List[Document], named: t.List[str]) -> t.List[Document]:
    """Return the images of the containers, and those that are named; ``*`` names all that have a tag."""
    wanted = [str(entry["inspect"]["Image"]) for entry in entries]
    if "*" in named:
        listed = engine.context.engine.get("/images/json")
        if not isinstance(listed, list):
            raise EngineError("the engine's answer to /images/json is not a list", "protocol")
        wanted += [str(one.get("Id")) for one in listed if one.get("RepoTags") not in (None, [], ["<none>:<none>"])]
    found: t.Dict[str, Document] = {}
    for reference in [*wanted, *(one for one in named if one != "*")]:
        if reference in found:
            continue
        image = engine.get("images", reference, "json")
        if image is None:
            raise RemakeFailure(f"nothing was recorded: there is no image {reference}")
        found.setdefault(str(image["Id"]), _image(image))
    return [found[one] for one in sorted(found)]


def _image(image: Document) -> Document:
    identifier = image.get("Id")
    if not isinstance(identifier, str) or not identifier.startswith("sha256:"):
        raise Unread("the engine names an image without an id")
    return {
        "id": identifier,
        "tags": sorted(str(one) for one in image.get("RepoTags") or [] if one != "<none>:<none>"),
        "digests": sorted(str(one) for one in image.get("RepoDigests") or [] if not str(one).startswith("<none>")),
        "bytes": int(image.get("Size") or 0),
        "entrypoint": (image.get("Config") or {}).get("Entrypoint"),
    }
