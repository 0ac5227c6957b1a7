# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a module ends that changes its host: with the result, or with the failure and its details."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._host.failure import Failure
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.module_utils._module.host import host_of

Request = t.TypeVar("Request")


def run_and_exit(
    module: AnsibleModule, run: t.Callable[[Host, Request], t.Dict[str, t.Any]], request: Request
) -> t.NoReturn:
    """Run a request on this host, and end the module with what comes of it."""
    try:
        result = run(host_of(module), request)
    except Failure as failure:
        module.fail_json(str(failure), **failure.details)
    for warning in result.pop("warnings", ()):
        module.warn(visible(warning))
    module.exit_json(**result)
