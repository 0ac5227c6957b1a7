# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rules of ``fail_on`` a findings document offends against."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import plural

Json = dict[str, t.Any]


def offences(document: Json, gate: t.Container[str], unknown_fails: bool) -> list[str]:
    """Return what the predicate of a sentence about the host says: which rules of the gate fail, and which are unknown if that
    fails, too. ``gate`` holds slugs."""
    said = []
    for status, verb in (("fail", "fails"), ("unknown", "leaves unknown"))[: 2 if unknown_fails else 1]:
        found = [one for one in document["findings"] if one["status"] == status and one["rule"] in gate]
        named = ", ".join(f"{one['number']} {one['rule']}" for one in found)
        said += [f"{verb} {plural(len(found), 'rule')} of audit_fail_on: {named}"] if found else []
    return said
