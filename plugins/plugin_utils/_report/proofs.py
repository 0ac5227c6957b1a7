# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proofs as files: what seawall.docker.isolation_proof and limits_proof saw on a host, stored beside the findings and shown
with them."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files

Json = dict[str, t.Any]

VERSION = 1
OUTDATED = "outdated"
_COMMON_KEYS = ("verdict", "reason", "lines", "proved_at", "image", "engine_version", "engine_process")


class Kind(t.NamedTuple):
    """One kind of proof: what reports call it, and their folder, its verdicts, and which further results are stored."""

    title: str
    folder: str
    verdicts: tuple[str, ...]
    more_keys: tuple[str, ...]


ISOLATION = Kind(
    "Isolation proof",
    "proofs",
    ("exposed", "protected", "inconclusive"),
    (
        "tried",
        "userns",
        "overwritten",
        "deleted",
        "control_written",
        "container_root_uid",
        "uid_map",
        "remapping",
    ),
)
LIMITS = Kind("Limits proof", "limits-proofs", ("enforced", "not_enforced", "inconclusive"), ("trials",))
# By the key of a host in the reports.
KINDS = {"proof": ISOLATION, "limits_proof": LIMITS}


def file_name(host: str, kind: Kind = ISOLATION) -> str:
    return f"{kind.folder}/{files.host_file_name(host)}"


def document(host: str, result: Json, kind: Kind = ISOLATION) -> Json:
    """Return the part of the module's result that is stored."""
    stored = {key: result.get(key) for key in (*_COMMON_KEYS, *kind.more_keys)}
    return {"proof_version": VERSION, "host": host, **stored}


class Newest:
    """In which of several folders the proof of a host was written last."""

    def __init__(self, folders: t.Iterable[str]) -> None:
        self._written: dict[str, tuple[int, str]] = {}
        for folder in folders:
            for kind in KINDS.values():
                for name, moment in _listed(os.path.join(folder, kind.folder)):
                    key = f"{kind.folder}/{name}"
                    self._written[key] = max((moment, folder), self._written.get(key, (moment, folder)))

    def folder(self, host: str, kind: Kind) -> str | None:
        """Return that folder, None where no folder has such a proof."""
        found = self._written.get(file_name(host, kind))
        return found[1] if found is not None else None


def _listed(place: str) -> list[tuple[str, int]]:
    try:
        with os.scandir(place) as entries:
            return [(entry.name, entry.stat(follow_symlinks=False).st_mtime_ns) for entry in entries]
    except OSError:
        return []


def carry(folder: files.Folder, source: str, host: str, kind: Kind) -> None:
    """Write the proof of another folder to this one, so that a later report of it has the proof, too. One that cannot be used
    stays where it is. Raises ReportError where it cannot be written."""
    if os.path.realpath(source) == os.path.realpath(folder.path):
        return
    path = os.path.join(source, file_name(host, kind))
    try:
        moment = files.require_own(path).st_mtime_ns
        content = files.as_json(files.read_json(path))
    except files.ReportError:
        return
    folder.write(file_name(host, kind), content, moment=moment)


def latest(directory: str, host: str, engine: Json | None = None, kind: Kind = ISOLATION) -> Json | None:
    """Return what the reports show of the proof in the folder, or None. A proof that cannot be read is inconclusive.

    ``engine`` is the engine as the audit saw it. A proof holds for the start of the engine that it was made with, and for
    its remapping. For another start or mapping its verdict is ``outdated``.
    """
    path = os.path.join(directory, file_name(host, kind))
    if not os.path.lexists(path):
        return None
    try:
        files.require_own(path)
        found = files.read_json(path)
    except files.ReportError as error:
        return {"verdict": "inconclusive", "reason": str(error).rstrip("."), "proved_at": None, "userns": None}
    if (
        not isinstance(found, dict)
        or found.get("proof_version") != VERSION
        or found.get("verdict") not in kind.verdicts
    ):
        return {"verdict": "inconclusive", "reason": "the stored proof is damaged", "proved_at": None, "userns": None}
    texts = {
        key: None if found.get(key) is None else str(found[key]) for key in ("verdict", "reason", "proved_at", "userns")
    }
    change = None if found["verdict"] == "inconclusive" or engine is None else _change_since(found, engine)
    return {**texts, "verdict": OUTDATED, "reason": f"it was {texts['verdict']}, and {change}"} if change else texts


def _change_since(proof: Json, engine: Json) -> str | None:
    """Return why the proof says nothing about the engine as it runs now, or None."""
    now, then = engine.get("process"), proof.get("engine_process")
    if not now or not then:
        return "it is not known whether the engine was restarted since"
    if now != then:
        return "the engine was restarted since"
    if engine.get("userns") is not None and proof.get("remapping") not in (None, engine["userns"]):
        return f"user namespaces were turned {'on' if engine['userns'] else 'off'} since"
    return None


def lines(host: Json) -> list[tuple[str, str]]:
    """Return the title of each proof of a host of the reports, and the proof as one sentence."""
    said = [(kind.title, words(host[key])) for key, kind in KINDS.items()]
    return [(title, sentence) for title, sentence in said if sentence]


def words(proof: Json | None) -> str | None:
    """Return the proof as one sentence."""
    if proof is None:
        return None
    when = f" ({proof['proved_at']})" if proof["proved_at"] else ""
    how = ", with --userns=host" if proof["userns"] == "host" else ""
    return f"{proof['verdict'].replace('_', ' ')}: {proof['reason'] or 'no reason was given'}{how}{when}"
