# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, HostFault

Json = dict[str, t.Any]

ARGUMENTS: dict[str, dict[str, t.Any]] = {
    "msg": {"type": "str", "required": True},
    "unreachable": {"type": "bool", "default": False},
    "later": {"type": "bool", "default": False},
}


class ActionModule(Action):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def answer(self, variables: Json) -> Json:
        options = self.options(ARGUMENTS)
        if options["later"]:
            return {"changed": False, "msg": options["msg"]}
        raise HostFault("unreachable" if options["unreachable"] else "failed", options["msg"])

    def failure(self, message: str, variables: Json) -> Json:
        return {"changed": False}
