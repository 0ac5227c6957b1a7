# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option is documented as it is taken, and what modules promise of themselves is so."""

from __future__ import annotations

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.seawall.docker.tests.support.documentation import (
    ACTIONS,
    MODULES,
    action,
    documentation,
    handed_over,
)
from ansible_collections.seawall.docker.tests.tools import undocumented


def test_no_option_and_no_variable_is_undocumented() -> None:
    found = undocumented.account()
    assert found.faults == []
    assert found.total > 100


def test_what_is_documented_otherwise_is_found() -> None:
    described = {"description": ["It is."], "type": "str"}
    taken = {
        "new": {"type": "str"},
        "other": {"type": "int", "default": 3},
        "deep": {"type": "dict", "options": {"lost": {"type": "str"}}},
    }
    told = {
        "old": described,
        "other": {**described, "default": 4},
        "deep": {**described, "type": "dict", "suboptions": {"found": described}},
    }
    found = undocumented._compared("m", taken, told, ("suboptions", "options"))
    assert (found.total, found.faults) == (
        4,
        [
            "m: new is not documented",
            "m: old is documented and not taken",
            "m: deep: lost is not documented",
            "m: deep: found is documented and not taken",
            "m: other has type 'int', documented is 'str'",
            "m: other has default 3, documented is 4",
        ],
    )


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_supports_and_that_is_so(name: str) -> None:
    attributes = documentation()[name].attributes
    support = {attribute: said.get("support") for attribute, said in attributes.items()}
    assert {"check_mode", "diff_mode", "idempotent", "platform"} <= set(support)
    assert None not in support.values()
    assert attributes["platform"]["platforms"] == "posix"
    given = handed_over(name)
    plugin = getattr(action(name), "ActionModule", None) if name in ACTIONS else None
    if given is not None:
        assert given.get("supports_check_mode", False) is (support["check_mode"] == "full")
    if plugin is None:
        assert given is not None and "action" not in support
        return
    assert issubclass(plugin, ActionBase) and support["action"] == "full"
    assert plugin._supports_check_mode is (support["check_mode"] == "full")
    assert plugin._supports_async is (support["async"] == "full")
    assert plugin.BYPASS_HOST_LOOP is (support["bypass_host_loop"] == "full")


def test_an_action_plugin_has_a_module_of_its_name() -> None:
    assert set(ACTIONS) <= set(MODULES)
