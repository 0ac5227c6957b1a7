# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that shows the options with which it was called without the credentials in them."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._module import basic
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_text, mask_value


class AnsibleModule(basic.AnsibleModule):
    """Masks ``invocation``, which Ansible shows at -vvv, also where Ansible itself refuses the options.

    By option, not by striking values out of the whole result: a password "docker" would strike it out of every path.
    """

    def exit_json(self, **result: t.Any) -> t.NoReturn:
        super().exit_json(**{"invocation": self._shown_invocation(), **result})

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        super().fail_json(mask_text(msg), **{"invocation": self._shown_invocation(), **result})

    def _shown_invocation(self) -> dict[str, t.Any]:
        return {"module_args": mask_value(self.params)}
