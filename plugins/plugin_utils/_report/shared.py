# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal data of many hosts, kept once: most hosts of a fleet have the same verdict on a rule, with the same words."""

from __future__ import annotations

import hashlib
import marshal
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import advisories, intake, recent

Json = dict[str, t.Any]

_OF_ITS_OWN = ("findings", "advisories")
# What only the page of a host shows.
_DETAILS = ("ids", "limits")


class Shared:
    """Condenses documents, and returns for findings and their parts the first one that was equal. Nobody may change what it returns."""

    def __init__(self) -> None:
        self._kept: dict[bytes, t.Any] = {}
        self._results: dict[advisories.Result, advisories.Result] = {}
        self._plain = intake.Plain()
        # Of condensed findings, by object, the shared ones, with and without the names of subjects.
        self._by_object: dict[tuple[int, bool], tuple[Json, Json]] = {}
        # Of findings as documents have them, the condensed ones.
        self._condensed = recent.Recent[Json](forgotten=self._by_object.clear)

    def condensed(self, document: Json) -> Json:
        """Return ``intake.condensed`` of a document. What several hosts have is condensed once."""
        host = document["host"]
        return intake.condensed(document, [self._condensed_finding(finding, host) for finding in document["findings"]])

    def _condensed_finding(self, finding: Json, host: str) -> Json:
        finding = _without_host(finding, host)
        text = packed(finding)
        key = _digest(text)
        known = self._condensed.get(key)
        return known or self._condensed.keep(key, intake.condensed_finding(finding, host), len(text))

    def document(self, document: Json, names: bool = True) -> Json:
        """The condensed document of a host with shared findings, texts and results of advisories.

        Without ``names``, as the page of a fleet needs it whose hosts have pages of their own: the details of this host are left out.
        """
        own = _OF_ITS_OWN if names else (*_OF_ITS_OWN, *_DETAILS)
        kept: Json = {
            name: self._part(value) if isinstance(value, (dict, list)) else self._plain(value)
            for name, value in document.items()
            if name not in own
        }
        if not names:
            kept.update(dict.fromkeys(_DETAILS))
        kept["findings"] = [self._shared(finding, names) for finding in document["findings"]]
        kept["advisories"] = known = document["advisories"]
        if known is not None:
            results = [self._results.setdefault(one, one) for one in known["results"]]
            kept["advisories"] = {**self._plain({**known, "results": []}), "results": results}
        return kept

    def _shared(self, finding: Json, names: bool) -> Json:
        # The finding is kept beside its id, so no other one can have that id.
        known = self._by_object.get((id(finding), names))
        if known is None:
            if len(self._by_object) >= recent.MOST_VALUES:
                self._by_object.clear()
            known = finding, self.finding(finding if names else intake.without_names(finding))
            self._by_object[id(finding), names] = known
        return known[1]

    def finding(self, finding: Json) -> Json:
        key = key_of(finding)
        if key not in self._kept:
            # Even where one container differs, the advice and the other containers are those of other hosts.
            self._kept[key] = {
                name: [self._part(one) for one in value]
                if name == "subjects"
                else self._part(value)
                if isinstance(value, (dict, list))
                else self._plain(value)
                for name, value in finding.items()
            }
        return t.cast("Json", self._kept[key])

    def _part(self, value: t.Any) -> t.Any:
        key = key_of(value)
        if key not in self._kept:
            self._kept[key] = self._plain(value)
        return self._kept[key]


def _without_host(finding: Json, host: str) -> Json:
    """Return the finding without the name of the host, if the host is what it is about: so it is equal on other hosts."""
    subjects = finding.get("subjects")
    only = subjects[0] if isinstance(subjects, list) and len(subjects) == 1 else None
    if isinstance(only, dict) and only.get("type") == "host" and only.get("names") == [host]:
        return {**finding, "subjects": [{**only, "names": [""]}]}
    return finding


def packed(value: t.Any) -> bytes:
    """Return bytes that are equal for equal values of plain JSON only.

    They tell 1 from true and 1.0, which are equal in Python, and take a quarter of the time of JSON's text.
    """
    # Later versions than 2 also tell whether a text is in memory twice.
    return marshal.dumps(value, 2)


def key_of(value: t.Any) -> bytes:
    """Return the digest of ``packed``, to be kept of many values."""
    return _digest(packed(value))


def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=20).digest()
