# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a container was made, as far as it is needed to make it anew: names of variables and labels, no values of them.

What its image brings along is left out, since a new container gets it again.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import object_path
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_value
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_COMPOSE = "com.docker.compose."
_MAX_NAMES = 500


def compose_of(inspected: Document) -> Document | None:
    """Return ``project``, ``service``, ``directory`` and ``files`` of a container of a compose project, by its labels.

    Whoever made the container chose the labels, so a path here is a word to show, and no file to open.
    """
    labels = (inspected.get("Config") or {}).get("Labels") or {}
    project, service = labels.get(f"{_COMPOSE}project"), labels.get(f"{_COMPOSE}service")
    if not (isinstance(project, str) and project and isinstance(service, str) and service):
        return None
    files = str(labels.get(f"{_COMPOSE}project.config_files") or "")
    return {
        "project": project,
        "service": service,
        "directory": str(labels.get(f"{_COMPOSE}project.working_dir") or ""),
        "files": [one for one in files.split(",") if one],
    }


def definition_of(context: Context, inspected: Document) -> Document:
    """Return what docker run was asked for. Raises Unread if the image is not known."""
    config, host_config = inspected["Config"], inspected["HostConfig"]
    image = _image(context, str(inspected.get("Image") or ""))
    command = config.get("Cmd") if config.get("Cmd") != image.get("Cmd") else None
    entrypoint = config.get("Entrypoint") if config.get("Entrypoint") != image.get("Entrypoint") else None
    words, masked = _without_secrets([str(one) for one in command or []])
    program, program_masked = _without_secrets([str(one) for one in entrypoint or []])
    return {
        "image": str(config.get("Image") or ""),
        "entrypoint": program,
        "command": words,
        "masked_words": masked + program_masked,
        "environment_names": _own_names(config.get("Env"), image.get("Env")),
        "label_names": _own_labels(config.get("Labels") or {}, image.get("Labels") or {}),
        "user": _own(config, image, "User"),
        "working_directory": _own(config, image, "WorkingDir"),
        "stop_signal": _own(config, image, "StopSignal"),
        "hostname": _hostname(inspected),
        "terminal": bool(config.get("Tty")),
        "stdin": bool(config.get("OpenStdin")),
        "tmpfs": {str(key): str(value) for key, value in (host_config.get("Tmpfs") or {}).items()},
        "extra_hosts": [str(one) for one in host_config.get("ExtraHosts") or []],
        "dns": [str(one) for one in host_config.get("Dns") or []],
        "group_add": [str(one) for one in host_config.get("GroupAdd") or []],
        "volumes_from": [str(one) for one in host_config.get("VolumesFrom") or []],
        "sysctls": {str(key): str(value) for key, value in (host_config.get("Sysctls") or {}).items()},
        "shm_size_bytes": host_config.get("ShmSize"),
        "log_option_names": sorted((host_config.get("LogConfig") or {}).get("Config") or {}),
        "own_health_check": bool(config.get("Healthcheck")) and config.get("Healthcheck") != image.get("Healthcheck"),
        "aliases": _aliases(inspected),
    }


def _image(context: Context, identifier: str) -> Document:
    if not identifier:
        raise Unread("the engine does not say of which image the container is")

    def ask() -> Document:
        answer = context.engine.get(object_path("images", identifier, "json"))
        config = answer.get("Config") if isinstance(answer, dict) else None
        if not isinstance(config, dict):
            raise Unread("the engine does not describe the container's image")
        return config

    return context.once(f"image_config:{identifier}", ask)


def _without_secrets(words: list[str]) -> tuple[list[str], int]:
    """The words without what may be a credential, and how many of them lack something."""
    masked = t.cast("list[str]", mask_value(words))
    return masked, sum(1 for before, after in zip(words, masked) if before != after)


def _own(config: Document, image: Document, key: str) -> str:
    value = str(config.get(key) or "")
    return "" if value == str(image.get(key) or "") else value


def _own_names(entries: t.Any, of_image: t.Any) -> list[str]:
    """The names of variables that the image does not set to the same value."""
    theirs = {str(one) for one in of_image or []}
    names = {str(one).partition("=")[0] for one in entries or [] if str(one) not in theirs}
    return sorted(names)[:_MAX_NAMES]


def _own_labels(labels: Document, of_image: Document) -> list[str]:
    return sorted(key for key, value in labels.items() if of_image.get(key) != value and not key.startswith(_COMPOSE))[
        :_MAX_NAMES
    ]


def _hostname(inspected: Document) -> str:
    """The name that was asked for; the engine gives the beginning of the id where none was."""
    name = str(inspected["Config"].get("Hostname") or "")
    mode = str(inspected["HostConfig"].get("NetworkMode") or "")
    given = name and not str(inspected["Id"]).startswith(name) and mode != "host" and not mode.startswith("container:")
    return name if given else ""


def _aliases(inspected: Document) -> dict[str, list[str]]:
    """The names by which others find the container, by network. The engine adds the beginning of the id itself."""
    found = {}
    for network, endpoint in ((inspected.get("NetworkSettings") or {}).get("Networks") or {}).items():
        names = [str(one) for one in (endpoint or {}).get("Aliases") or []]
        kept = [one for one in names if not str(inspected["Id"]).startswith(one)]
        if kept:
            found[str(network)] = kept
    return found
