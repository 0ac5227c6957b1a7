# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choices of a site that rules use: defaults, and the values that override them."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import shipped_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, Faults, nearest
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import SHIPPED

POLICY_FILE = SHIPPED / "policy.yml"


def policy_with(chosen: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the defaults, overridden by the user's values key by key.

    Raises BenchmarkError with every unknown key, and every value of another type than the default.
    """
    defaults = shipped_document(POLICY_FILE).data
    policy = {key: copy.deepcopy(entry["default"]) for key, entry in defaults.items()}
    faults = Faults()
    for key, value in chosen.items():
        with faults:
            if key not in policy:
                raise BenchmarkError(f"audit_policy has no key {key}{nearest(str(key), policy)}")
            if not _same_kind(policy[key], value):
                raise BenchmarkError(
                    f"audit_policy.{key} must be {_kind(policy[key])} such as {policy[key]!r}, not {value!r}"
                )
            policy[key] = value
    faults.check()
    return policy


def _same_kind(default: t.Any, value: t.Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(entry, (str, int)) for entry in value)
    return isinstance(value, type(default))


def _kind(default: t.Any) -> str:
    return {bool: "true or false", int: "a number", str: "text", list: "a list"}[type(default)]
