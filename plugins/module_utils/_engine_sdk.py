# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine reached over tcp:// (plain or TLS) or ssh://, through the docker SDK."""

from __future__ import annotations

import traceback
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._engine import (
    Engine,
    EngineError,
    negotiated_version,
)

DOCKER_IMPORT_ERROR: t.Optional[str]
try:
    import docker
    import docker.errors
    import docker.tls
    from requests.exceptions import RequestException
except ImportError:
    DOCKER_IMPORT_ERROR = traceback.format_exc()
else:
    DOCKER_IMPORT_ERROR = None

# What the client starts with; the engine is asked for its own version at once.
_OLDEST_API_VERSION = "1.24"


class SdkEngine(Engine):
    """The few reads of an audit through ``docker.APIClient``.

    The address is always given: ``docker.from_env()`` follows the command line's context and may reach
    another daemon than the one that is meant.
    """

    def __init__(self, address: str, timeout: float, tls: t.Any = None) -> None:
        self.address = address
        self.calls = 0
        try:
            # The host's own ssh program, since it knows the keys, agents and known hosts of its user.
            self._client = docker.APIClient(
                base_url=address,
                timeout=int(timeout),
                tls=tls or False,
                version=_OLDEST_API_VERSION,
                use_ssh_client=True,
            )
            # Otherwise an authority or a proxy named in the environment would take the place of the options.
            self._client.trust_env = False
            self.api_version = negotiated_version(str(self._client.version(api_version=False).get("ApiVersion", "")))
        except (docker.errors.DockerException, RequestException, OSError, ValueError) as error:
            raise self._fault(error) from None
        except Exception as error:  # noqa: BLE001 - paramiko raises classes of its own, and may not be installed
            raise EngineError(f"cannot reach the engine at {address}: {type(error).__name__}: {error}") from None

    def get(self, path: str, **query: t.Any) -> t.Any:
        self.calls += 1
        try:
            # The SDK has no public call for several of the reads; its transport serves them all alike.
            response = self._client.get(
                f"{self._client.base_url}/v{self.api_version}{path}",
                params=query,
                timeout=self._client.timeout,
            )
            if response.status_code != 200:
                kind = {403: "denied", 404: "absent"}.get(response.status_code, "failed")
                raise EngineError(f"the engine answered {response.status_code} to {path}", kind)
            return response.json()
        except (docker.errors.DockerException, RequestException, OSError, ValueError) as error:
            raise self._fault(error) from None

    def close(self) -> None:
        self._client.close()

    def _fault(self, error: Exception) -> EngineError:
        text = " ".join(str(error).split())[:300]
        kind = "timeout" if "timed out" in text.lower() else "failed"
        return EngineError(f"cannot use the engine at {self.address}: {text}", kind)


def tls_settings(options: dict[str, t.Any]) -> t.Any:
    """The SDK's TLS configuration from the module options, or None for a plain connection.

    Raises EngineError where certificate files are missing or half given.
    """
    wanted = options["tls"] or options["validate_certs"]
    if not wanted:
        return None
    certificate, key = options["client_cert"], options["client_key"]
    if bool(certificate) != bool(key):
        raise EngineError("client_cert and client_key belong together; only one of them is given")
    try:
        return docker.tls.TLSConfig(
            client_cert=(certificate, key) if certificate else None,
            ca_cert=options["ca_path"],
            verify=options["validate_certs"],
        )
    except docker.errors.TLSParameterError as error:
        raise EngineError(f"the TLS options do not fit: {error.msg}") from None
