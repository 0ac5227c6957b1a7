# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of hosts: each sets a policy, and waives the rules that such a host cannot follow."""

from __future__ import annotations

import datetime
import typing as t
from dataclasses import dataclass

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import shipped_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, nearest
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import SHIPPED, selected
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.waivers import Waiver

KINDS_FILE = SHIPPED / "kinds.yml"


@dataclass(frozen=True)
class Kind:
    """The site's policy overrides ``policy``. ``accepted`` are waivers that apply as long as the host is of this kind."""

    policy: dict[str, t.Any]
    accepted: list[Waiver]


def kind_of_host(name: str, benchmark: Benchmark) -> Kind:
    """Return the kind with that name. An empty name means no kind. Raises BenchmarkError for an unknown name.

    Rules that the benchmark does not have are left out, since older versions lack some.
    """
    if not name:
        return Kind({}, [])
    document = shipped_document(KINDS_FILE)
    if name not in document.data:
        raise BenchmarkError(f"audit_host_kind has no {name}{nearest(name, document.data)}")
    entry = document.data[name]
    accepted = []
    for one in entry["accepted"]:
        try:
            rules = selected(benchmark, [one["rule"]])
        except BenchmarkError:
            continue
        accepted.append(
            Waiver(
                frozenset(rules),
                one["rule"],
                "*",
                one.get("subject", "*"),
                one["reason"],
                f"host kind {name}",
                datetime.date.max,
                "audit_host_kind",
                standing=True,
            )
        )
    return Kind(dict(entry["policy"]), accepted)
