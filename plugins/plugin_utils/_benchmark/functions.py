# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What JMESPath cannot say, as a small set of functions for rules.

Every function treats its data as hostile text and never raises for odd content: what cannot be judged is null,
and a rule whose condition is null answers ``unknown``.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine import references
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import (
    addresses,
    container_values,
    registry_tags,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import functions
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.paths import has_other_half, is_under, real_path
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.values import (
    cpus_in,
    matches_any,
    moment,
    octal,
    rights_of,
    version_numbers,
)

# Two lists of a host are compared entry by entry. A host with more than a million pairs is made up to hold the auditor.
_MAX_PAIRS = 1_000_000
# Why a fact is not known that a posture neither has nor explains.
NOT_IN_POSTURE = "the posture does not have it"


class NotKnown(Exception):
    """A function has no answer. The message is a sentence that names the fact and says why it is not known."""


class RuleFunctions(functions.Functions):  # type: ignore[misc, unused-ignore]
    """JMESPath's own functions and these. Null where a value is asked for is an error, so that the rule is unknown:

    ``no(value)``: not true. Unlike ``!`` it refuses null.
    ``any(list)``: the list is not empty.
    ``any_true(list, key)``: ``key`` is true of an object; unknown, with its reason, where it is so of none but missing
    in one.
    ``one_of(value, list)``: the value is in the list. Unlike ``==`` it refuses null.
    ``mode_within(mode, limit)``: no permission bit of ``mode`` beyond those of ``limit``, both octal strings.
    ``beyond(access_list, limit)``: the users and groups of an access list whom ``limit`` (an octal mode) gives less: they
    count as others.
    ``under(path, directories)``: the path is one of the directories or below it, by components.
    ``select_under(list, key, directories)``: the objects whose ``key`` is such a path.
    ``select_covering(list, key, paths)``: the objects whose ``key`` is one of the paths or a directory above it.
    ``real_paths(paths, links)``: the paths with the host's usual links resolved, such as ``/var/run`` to ``/run``.
    ``select_not_matching(list, key, patterns)``: the objects whose ``key`` none of the shell patterns matches.
    ``matching(list, patterns)``: the strings that one of the shell patterns matches.
    ``not_matching(list, patterns)``: the strings that none of them matches.
    ``version_at_least(version, minimum)``: version order by numbers; null where there is no number.
    ``without(list, others)``: the elements that are not among the others.
    ``registry_of(reference)``: the registry of an image reference, ``docker.io`` where it names none.
    ``tag_of(reference)``: its tag, ``latest`` where it names neither tag nor digest, null where it names a digest alone.
    ``pinned(reference, image_id)``: it names one image for ever, by a digest or by the id of the image.
    ``has_other_half(path, paths)``: beside a certificate of a client its key is among the paths, and the other way round.
    ``user_is_root(user)``: whether a container's user is root by number or by name; null for another name.
    ``any_address(address)``: the address stands for all addresses of the host, as ``0.0.0.0`` and ``::`` do.
    ``sockets_not_at(sockets, address)``: the sockets that do not listen at ``host:port``.
    ``insecure_mirrors(addresses)``: those that are asked without TLS and are not on this host.
    ``logs_staying(senders, relayed, own)``: those whose ``log_driver``, by its ``log_addresses``, sends to this very host
    and is none that is relayed from here. ``own`` are addresses and names of the host.
    ``limited_ulimits(ulimits)``: the names of the ulimits whose hard limit is a limit.
    ``own_ulimits(ulimits, defaults)``: the names of a container's ulimits that are not the daemon's defaults.
    ``cpus_in(set)``: how many CPUs a set such as ``0-2,5`` names; null for what is none.
    ``days(number)``: so many days in seconds.
    ``days_between(earlier, later)``: whole days between two times in ISO 8601; null where one is none.
    ``tag_moved(images, reference, container)``: an image here carries the tag, and the container runs another one.
    ``digest_in_registry(tags, reference)``: what the registry has under the tag; null where it shows no such tag.
    ``is_registry_image(tags, images, store, reference, image_id)``: the tag names the image with this id in its registry, too.
    ``store`` is where the engine keeps images, which decides what their ids are.
    ``granted_capabilities(capabilities)``: what the engine grants for ``added`` and ``dropped``.
    ``known_mounts(container)``: its mounts, or, where the list is not complete, those that are known: enough to fail by.
    ``kernel_says(container, fact)``: a fact (a dotted name) that comes from the container's first process; null where there
    is none, as of a stopped container; unknown where the process left the container's control groups.
    """

    @functions.signature({"types": ["boolean"]})
    def _func_no(self, value: bool) -> bool:
        return not value

    @functions.signature({"types": ["array"]})
    def _func_any(self, values: list[t.Any]) -> bool:
        return bool(values)

    @functions.signature({"types": ["array"]}, {"types": ["string"]})
    def _func_any_true(self, entries: list[t.Any], key: str) -> bool:
        if any(entry.get(key) is True for entry in entries):
            return True
        for entry in entries:
            if entry.get(key) is not False:
                raise NotKnown(_gap_of(entry, key, f"{key} of {entry.get('name') or 'one of them'}"))
        return False

    @functions.signature({"types": ["string", "number", "boolean"]}, {"types": ["array"]})
    def _func_one_of(self, value: t.Any, choices: list[t.Any]) -> bool:
        # In Python 1 equals True; in a document they are different things.
        return any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in choices)

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_mode_within(self, mode: str, limit: str) -> bool | None:
        bits, allowed = octal(mode), octal(limit)
        return None if bits is None or allowed is None else bits & ~allowed == 0

    @functions.signature({"types": ["array"]}, {"types": ["string"]})
    def _func_beyond(self, access_list: list[t.Any], limit: str) -> list[t.Any]:
        allowed = octal(limit) or 0
        return [entry for entry in access_list if rights_of(str(entry["permissions"])) & ~allowed & 7]

    @functions.signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_under(self, path: str, directories: list[str]) -> bool:
        return any(is_under(path, directory) for directory in directories)

    @functions.signature({"types": ["array"]}, {"types": ["string"]}, {"types": ["array-string"]})
    def _func_select_under(self, entries: list[t.Any], key: str, directories: list[str]) -> list[t.Any]:
        few_pairs(entries, directories)
        return [entry for entry in entries if any(is_under(_text_of(entry, key), one) for one in directories)]

    @functions.signature({"types": ["array"]}, {"types": ["string"]}, {"types": ["array-string"]})
    def _func_select_covering(self, entries: list[t.Any], key: str, paths: list[str]) -> list[t.Any]:
        few_pairs(entries, paths)
        return [entry for entry in entries if any(is_under(one, _text_of(entry, key)) for one in paths)]

    @functions.signature({"types": ["array-string"]}, {"types": ["object", "null"]})
    def _func_real_paths(self, paths: list[str], links: dict[str, t.Any] | None) -> list[str]:
        return [real_path(path, links or {}) for path in paths]

    @functions.signature({"types": ["array"]}, {"types": ["string"]}, {"types": ["array"]})
    def _func_select_not_matching(self, entries: list[t.Any], key: str, patterns: list[t.Any]) -> list[t.Any]:
        few_pairs(entries, patterns)
        return [entry for entry in entries if not matches_any(_text_of(entry, key), patterns)]

    @functions.signature({"types": ["array"]}, {"types": ["array"]})
    def _func_matching(self, values: list[t.Any], patterns: list[t.Any]) -> list[t.Any]:
        few_pairs(values, patterns)
        return [value for value in values if matches_any(str(value), patterns)]

    @functions.signature({"types": ["array"]}, {"types": ["array"]})
    def _func_not_matching(self, values: list[t.Any], patterns: list[t.Any]) -> list[t.Any]:
        few_pairs(values, patterns)
        return [value for value in values if not matches_any(str(value), patterns)]

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_version_at_least(self, version: str, minimum: str) -> bool | None:
        left, right = version_numbers(version), version_numbers(minimum)
        return None if not left or not right else left >= right

    @functions.signature({"types": ["array"]}, {"types": ["array"]})
    def _func_without(self, values: list[t.Any], others: list[t.Any]) -> list[t.Any]:
        few_pairs(values, others)
        return [value for value in values if value not in others]

    @functions.signature({"types": ["string"]})
    def _func_registry_of(self, reference: str) -> str:
        return references.registry_of(reference).lower()

    @functions.signature({"types": ["string"]})
    def _func_tag_of(self, reference: str) -> str | None:
        return references.tag_of(reference)

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_pinned(self, reference: str, image_id: str) -> bool:
        return references.is_pinned(reference, image_id)

    @functions.signature({"types": ["string"]}, {"types": ["array"]})
    def _func_has_other_half(self, path: str, paths: list[t.Any]) -> bool | None:
        return has_other_half(path, paths)

    @functions.signature({"types": ["string"]})
    def _func_user_is_root(self, user: str) -> bool | None:
        return container_values.user_is_root(user)

    @functions.signature({"types": ["string"]})
    def _func_any_address(self, address: str) -> bool:
        return addresses.any_address(address)

    @functions.signature({"types": ["array"]}, {"types": ["string", "null"]})
    def _func_sockets_not_at(self, sockets: list[t.Any], address: str | None) -> list[t.Any]:
        return addresses.sockets_not_at(sockets, address)

    @functions.signature({"types": ["array-string"]})
    def _func_insecure_mirrors(self, mirrors: list[str]) -> list[str]:
        return addresses.insecure_mirrors(mirrors)

    @functions.signature({"types": ["array"]}, {"types": ["array-string"]}, {"types": ["array"]})
    def _func_logs_staying(self, senders: list[t.Any], relayed: list[str], own: list[t.Any]) -> list[t.Any]:
        found = []
        mine = frozenset(str(one) for one in own)
        for one in senders:
            if not isinstance(one.get("log_driver"), str):
                raise NotKnown(_gap_of(one, "log_driver", f"log_driver of {one.get('name') or 'one of them'}"))
            if one["log_driver"] not in relayed and addresses.logs_stay(
                one["log_driver"], one.get("log_addresses") or {}, mine
            ):
                found.append(one)
        return found

    @functions.signature({"types": ["object", "null"]})
    def _func_limited_ulimits(self, ulimits: dict[str, t.Any] | None) -> list[str]:
        return container_values.limited_ulimits(ulimits or {})

    @functions.signature({"types": ["array"]}, {"types": ["object", "null"]})
    def _func_own_ulimits(self, ulimits: list[t.Any], defaults: dict[str, t.Any] | None) -> list[str]:
        return container_values.own_ulimits(ulimits, defaults or {})

    @functions.signature({"types": ["string", "null"]})
    def _func_cpus_in(self, cpus: str | None) -> int | None:
        return cpus_in(cpus or "")

    @functions.signature({"types": ["number"]})
    def _func_days(self, number: float) -> float:
        return number * 86400

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_days_between(self, earlier: str, later: str) -> int | None:
        first, second = moment(earlier), moment(later)
        return None if first is None or second is None else (second - first).days

    @functions.signature({"types": ["array"]}, {"types": ["string"]}, {"types": ["string"]})
    def _func_tag_moved(self, images: list[t.Any], reference: str, container: str) -> bool:
        wanted = references.full_reference(reference)
        tagged = [image for image in images if wanted in [references.full_reference(tag) for tag in image["tags"]]]
        return bool(tagged) and not any(container in image["in_use_by"] for image in tagged)

    @functions.signature({"types": ["array"]}, {"types": ["string"]})
    def _func_digest_in_registry(self, tags: list[t.Any], reference: str) -> str | None:
        return _asked_digest(tags, reference)

    @functions.signature(
        {"types": ["array"]}, {"types": ["array"]}, {"types": ["string"]}, {"types": ["string"]}, {"types": ["string"]}
    )
    def _func_is_registry_image(
        self, tags: list[t.Any], images: list[t.Any], store: str, reference: str, image_id: str
    ) -> bool:
        digests = registry_tags.digests_of(images, store, reference, image_id)
        if not digests:
            raise NotKnown(
                f"the digest of {reference} on this host is not known: the engine lists none under this name, so it"
                " cannot be compared"
            )
        return _asked_digest(tags, reference) in digests

    @functions.signature({"types": ["object"]})
    def _func_granted_capabilities(self, capabilities: dict[str, t.Any]) -> list[str]:
        return container_values.granted_capabilities(capabilities["added"], capabilities["dropped"])

    @functions.signature({"types": ["object"]})
    def _func_known_mounts(self, container: dict[str, t.Any]) -> list[t.Any]:
        for key in ("mounts", "mounts_at_least"):
            if isinstance(container.get(key), list):
                return list(container[key])
        raise NotKnown(_gap_of(container, "mounts", "subject.mounts"))

    @functions.signature({"types": ["object"]}, {"types": ["string"]})
    def _func_kernel_says(self, container: dict[str, t.Any], fact: str) -> t.Any:
        value: t.Any = container
        for part in fact.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None and container.get("left_control_groups") is True:
            raise NotKnown(_gap_of(container, "process", f"subject.{fact}"))
        return value


def _gap_of(entry: dict[str, t.Any], key: str, named: str) -> str:
    """Return the sentence that a fact of an entry is not known, and why."""
    return f"{named} is not known: {(entry.get('unread') or {}).get(key) or NOT_IN_POSTURE}"


def _text_of(entry: dict[str, t.Any], key: str) -> str:
    """Return a text of an entry. Null is no text: it would be compared as a path that is called so."""
    if not isinstance(entry.get(key), str):
        raise NotKnown(
            _gap_of(entry, key, f"{key} of {entry.get('name') or entry.get('destination') or 'one of them'}")
        )
    return str(entry[key])


def _asked_digest(tags: list[t.Any], reference: str) -> str | None:
    entry = registry_tags.entry_of(tags, reference)
    named = f"the digest of {reference} in its registry"
    if entry is None:
        raise NotKnown(f"{named} is not known: no registry was asked about it")
    if "digest" not in entry:
        raise NotKnown(_gap_of(entry, "digest", named))
    return None if entry["digest"] is None else str(entry["digest"])


def few_pairs(left: t.Sized, right: t.Sized) -> None:
    """Raise ValueError where comparing each with each would take minutes."""
    if len(left) * len(right) > _MAX_PAIRS:
        raise ValueError(f"the host lists {len(left):,} and {len(right):,} entries, which are too many to compare")
