# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's module, with nothing in its messages that steers the operator's terminal."""

from __future__ import annotations

import typing as t

from ansible.module_utils import basic

from ansible_collections.seawall.docker.plugins.module_utils._module import zip_imports  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.seawall.docker.plugins.module_utils._host.encodable import encodable
from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible_result


class AnsibleModule(basic.AnsibleModule):
    """What all modules of this collection are: their messages quote files, logs and names that others wrote."""

    def exit_json(self, **kwargs: t.Any) -> t.NoReturn:
        super().exit_json(**encodable(visible_result(kwargs)))
        raise SystemExit(0)

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        super().fail_json(**encodable(visible_result({**kwargs, "msg": str(msg)})))
        raise SystemExit(1)
