# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal data of many hosts, kept once: most hosts of a fleet have the same verdict on a rule, with the same words."""

from __future__ import annotations

import hashlib
import marshal
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import advisories, intake

Json = dict[str, t.Any]

_OF_ITS_OWN = ("findings", "advisories")


class Shared:
    """Returns for condensed findings and their parts the first one that was equal. Nobody may change what it returns."""

    def __init__(self) -> None:
        self._kept: dict[bytes, t.Any] = {}
        self._results: dict[advisories.Result, advisories.Result] = {}
        self._plain = intake.Plain()

    def document(self, document: Json) -> Json:
        """The condensed document of a host with shared findings, texts and results of advisories."""
        kept: Json = {name: self._plain(value) for name, value in document.items() if name not in _OF_ITS_OWN}
        kept["findings"] = [self.finding(finding) for finding in document["findings"]]
        kept["advisories"] = known = document["advisories"]
        if known is not None:
            results = [self._results.setdefault(one, one) for one in known["results"]]
            kept["advisories"] = {**self._plain({**known, "results": []}), "results": results}
        return kept

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


def key_of(value: t.Any) -> bytes:
    # Of plain JSON only. It tells 1 from true and 1.0, which are equal in Python, and takes a quarter of the time of JSON's text; later
    # versions than 2 also tell whether a text is in memory twice.
    return hashlib.blake2b(marshal.dumps(value, 2), digest_size=20).digest()
