# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.seawall.docker.plugins.plugin_utils import _posture_source
from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, Refused
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import IMPORT_ERROR

Json = dict[str, t.Any]

ARGUMENTS: dict[str, dict[str, t.Any]] = {}


class ActionModule(Action):
    _supports_check_mode = True
    _supports_async = False

    def answer(self, variables: Json) -> Json:
        self.options(ARGUMENTS)
        self.refuse_unknown_variables(variables)
        if IMPORT_ERROR is not None:
            raise Refused(missing_required_lib("jmespath"))
        _posture_source.asked(self, "ansible.builtin.ping", {}, variables)
        return {"changed": False}
