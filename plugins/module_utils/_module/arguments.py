# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options that all modules share, and the way from them to a context."""

from __future__ import annotations

import signal
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.seawall.docker.plugins.module_utils._module import zip_imports  # noqa: F401 # pylint: disable=unused-import
from ansible_collections.seawall.docker.plugins.module_utils._daemon.access import open_engine
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import Engine
from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._module.host import host_of

# Beyond the budget, within which everything that can be ended is ended by itself.
_LAST_SECONDS = 60
ADDRESS_SCHEMES = ("unix", "tcp", "http", "https", "ssh")


def connection_arguments() -> dict[str, dict[str, t.Any]]:
    return {
        "docker_host": {"type": "str"},
        "tls": {"type": "bool", "default": False},
        "validate_certs": {"type": "bool", "default": False, "aliases": ["tls_verify"]},
        "ca_path": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path"},
        "timeout": {"type": "int", "default": 30},
    }


def open_context(module: AnsibleModule) -> Context:
    """The context that the module's options mean. An engine that does not answer is a fact, not a failure.

    Fails the module for options that make no sense and for a missing docker SDK.
    """
    docker_host = module.params["docker_host"]
    if docker_host:
        scheme, separator, rest = docker_host.partition("://")
        if not separator or scheme not in ADDRESS_SCHEMES or not rest:
            module.fail_json(
                msg=f"docker_host {docker_host!r} is no address; use unix:///path, tcp://host:port or ssh://user@host"
            )
    if module.params["timeout"] <= 0:
        module.fail_json(msg="timeout must be a positive number of seconds")
    # A read of a file system of a user may wait for ever; this ends the module, which only reads.
    signal.alarm(int(bounds.MODULE_SECONDS) + _LAST_SECONDS)
    host = host_of(module)
    try:
        return open_engine(host, docker_host, module.params["timeout"], lambda address: _remote(module, host, address))
    except Unread as gap:
        location = Location("running", None, "default", local=True, reason=gap.reason)
        return Context(host, location, None, gap.reason, None)


def _remote(module: AnsibleModule, host: Host, address: str) -> Engine:
    # Where the library is installed, its import takes as long as all of an ordinary module.
    from ansible_collections.seawall.docker.plugins.module_utils._engine import sdk

    if sdk.DOCKER_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("docker"), exception=sdk.DOCKER_IMPORT_ERROR)
    return sdk.SdkEngine(address, module.params["timeout"], sdk.tls_settings(module.params), host.budget)
