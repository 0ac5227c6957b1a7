# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of an engine: their versions, files and packages, and what the packages' changelogs name."""

from __future__ import annotations

import functools
import json
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.start_times import (
    changed_at,
    unchanged_since_start,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture import packages
from ansible_collections.seawall.docker.plugins.module_utils._posture.versions import changelogs, processes

_PLUGIN_DIRECTORIES = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
# Names of the engine's own list of components.
_SHOWN_BY_ENGINE = {"engine": "Engine", "containerd": "containerd", "runtime": "runc", "init": "docker-init"}
_CONTAINERD_CONFIG = "/etc/containerd/config.toml"
# An engine that has a containerd of its own writes its file and starts it at once.
_ENGINE_STARTS_SECONDS = 0.1
_VERSION_OPTIONS = {
    "shim": ("-v",),
    # The CLI of 20.10 asks the engine before it says its own version, and waits for an engine that hangs. Nobody is there.
    "cli": ("--host", "unix:///dev/null/none", "--version"),
}
# Of the CLI.
_PLUGINS = ("buildx", "compose")


def begin(context: Context) -> None:
    """Start the programs whose answers ``collect`` wants, so that they run while other facts are read."""
    for facts in _programs(context):
        command = _version_command(facts.values)
        if command is not None:
            context.host.begin(*command)
    packages.begin(context.host, _files(_programs(context)))


def collect(context: Context) -> dict[str, t.Any]:
    """Return ``components``, a list of programs with their own ``unread``, and ``cri_enabled``."""
    facts = Facts()
    found = _programs(context)
    for one in found:
        one.take("version", functools.partial(_version, context, one.values))
    _add_packages(context, found)
    facts.values["components"] = [one.document() for one in found]
    facts.take("cri_enabled", lambda: cri_enabled(context))
    return facts.document()


def _programs(context: Context) -> list[Facts]:
    """Return the programs with their processes and files. They are found once."""
    found: list[Facts] = context.once("programs", lambda: _found_programs(context))
    return found


def _found_programs(context: Context) -> list[Facts]:
    runtime = _default_runtime(context)
    return [
        _component(context, "engine", lambda: [context.daemon_pid()], "dockerd"),
        _component(context, "cli", list, "docker"),
        _component(context, "containerd", lambda: [processes.containerd_pid(context)], "containerd"),
        _component(context, "runtime", list, runtime),
        _component(context, "shim", lambda: processes.shim_pids(context), "containerd-shim-runc-v2"),
        _component(context, "init", list, "docker-init"),
        _component(context, "buildx", list, "docker-buildx"),
        _component(context, "compose", list, "docker-compose"),
    ]


def _default_runtime(context: Context) -> str:
    """Return the program of the default runtime, as the engine shows it. ``runc`` if it shows none."""
    try:
        info = context.info()
    except Unread:
        return "runc"
    name = str(info.get("DefaultRuntime") or "runc")
    entry = (info.get("Runtimes") or {}).get(name)
    return str((entry or {}).get("path") or "runc") if isinstance(entry, (dict, type(None))) else "runc"


def _component(context: Context, name: str, pids: t.Callable[[], list[int]], program: str) -> Facts:
    facts = Facts(name=name, program=program.rsplit("/", 1)[-1])
    facts.take("processes", lambda: [processes.running_document(context, pid) for pid in pids()])
    facts.take("file", lambda: _file(context, name, program, facts.values.get("processes") or []))
    return facts


def _file(context: Context, name: str, program: str, running: list[dict[str, t.Any]]) -> str | None:
    """Return the installed file; None if there is none."""
    context.require_local()
    if running:
        return str(running[0]["file"])
    if name in _PLUGINS:
        paths = [f"{directory}/{program}" for directory in _PLUGIN_DIRECTORIES]
        return next((context.host.real_path(path) for path in paths if context.host.exists(path)), None)
    path = program if program.startswith("/") else context.host.program(program)
    if path is None and context.host.has_program(program):
        raise Unread(f"{program} is not run, since another user can replace it")
    return context.host.real_path(path) if path is not None else None


def _version(context: Context, values: dict[str, t.Any]) -> str | None:
    """Return the version as the engine or the program says it; None if the program is not installed. Raises Unread."""
    shown = _shown_by_engine(values)
    if shown is not None:
        components = context.version().get("Components")
        for component in components if isinstance(components, list) else []:
            if isinstance(component, dict) and component.get("Name") == shown and component.get("Version"):
                return str(component["Version"])
        raise Unread(f"the engine does not show the version of {shown}")
    if "file" not in values:
        raise Unread(f"the program {values['program']} is not known")
    command = _version_command(values)
    if command is None:
        return None
    if values["name"] in _PLUGINS:
        return _plugin_version(context.host, command)
    return _first_version(context.host, command)


def _shown_by_engine(values: dict[str, t.Any]) -> str | None:
    # The engine knows runc alone by this name; another default runtime has no entry.
    return _SHOWN_BY_ENGINE.get(values["name"]) if values["name"] != "runtime" or values["program"] == "runc" else None


def _version_command(values: dict[str, t.Any]) -> tuple[str, ...] | None:
    """Return what is run for the version of a program. None if it is not installed, or if the engine shows it."""
    path = values.get("file")
    if path is None or _shown_by_engine(values) is not None:
        return None
    if values["name"] in _PLUGINS:
        return path, "docker-cli-plugin-metadata"
    return path, *_VERSION_OPTIONS.get(values["name"], ("--version",))


def _plugin_version(host: Host, command: tuple[str, ...]) -> str:
    result = host.run(*command)
    try:
        version = json.loads(result.output)["Version"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise Unread(f"{command[0]} does not describe itself as a plugin of the CLI") from None
    return _plain_version(str(version), command[0])


def _first_version(host: Host, command: tuple[str, ...]) -> str:
    result = host.run(*command)
    found = re.search(r"[Vv]ersion:? +(\S+)", result.output)
    if result.status != 0 or found is None:
        raise Unread(f"{command[0]} does not say its version")
    return _plain_version(found.group(1), command[0])


def _plain_version(text: str, path: str) -> str:
    found = re.fullmatch(r"v?([0-9][0-9A-Za-z.+~:_-]{0,99}),?", text)
    if found is None:
        raise Unread(f"{path} does not say its version")
    return found.group(1)


def _add_packages(context: Context, found: list[Facts]) -> None:
    """Add ``package`` (null if no package holds the file) and ``changelog`` to each component that has a file."""
    paths = _files(found)
    try:
        context.require_local()
        held = packages.packages_of(context.host, paths)
        packages.known_packages(context).update({path: held.get(path) for path in paths})
    except Unread as gap:
        for facts in found:
            facts.miss("package", gap.reason)
        return
    for facts in found:
        if "file" not in facts.values:
            facts.miss("package", facts.unread["file"])
            continue
        package = held.get(facts.values["file"] or "")
        facts.values["package"] = package.document() if package is not None else None
        if package is not None:
            facts.take("changelog", lambda package=package: _changelog(context, package))  # type: ignore[misc]


def _files(found: list[Facts]) -> list[str]:
    return sorted({facts.values["file"] for facts in found if facts.values.get("file")})


def _changelog(context: Context, package: packages.Package) -> dict[str, t.Any]:
    key = f"changelog:{package.manager}:{package.name}"
    return context.once(key, lambda: changelogs.named_by_package(context.host, package.manager, package.name))


def cri_enabled(context: Context) -> bool:
    """Return whether containerd's plugin for Kubernetes is on, as it is by default. Raises Unread."""
    host = context.host
    pid = processes.containerd_pid(context)
    arguments = [part.decode("utf-8", "replace") for part in host.read_bytes(f"/proc/{pid}/cmdline").split(b"\0")]
    path = _CONTAINERD_CONFIG
    for argument, following in zip(arguments, [*arguments[1:], ""]):
        if argument in ("--config", "-c"):
            path = following
        elif argument.startswith("--config="):
            path = argument.partition("=")[2]
    try:
        text = host.read_text(path)
        changed = changed_at(host, path)
    except Unread as gap:
        if gap.kind == "absent":
            return True
        raise
    before_start = 0.0 if path == _CONTAINERD_CONFIG else _ENGINE_STARTS_SECONDS
    if not unchanged_since_start(context, pid, changed - before_start):
        raise Unread(f"{path} is newer than containerd, so it is not known what is in force")
    disabled = re.search(r"^\s*disabled_plugins\s*=\s*\[([^\]]*)\]", text, re.MULTILINE)
    if disabled is not None and re.search(r"[\"'](?:cri|io\.containerd\.grpc\.v1\.cri)[\"']", disabled.group(1)):
        return False
    if re.search(r"^\s*imports\s*=", text, re.MULTILINE):
        raise Unread(f"{path} imports other files, which may turn the plugin off")
    return True
