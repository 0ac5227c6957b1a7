# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every option of the daemon with the value that runs and where it comes from.

What the API shows stands. Then a flag of the process, then daemon.json where the daemon can be known to have read it
as it is now, then the default. Where none of these decides there is no value.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys, process
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_file import (
    ConfigFile,
    find_path,
    read_config_file,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import (
    BadValue,
    ParsedFlags,
    parse_flags,
    value_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.units import Argument
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.effective import effective_options, same
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.engine_info import engine_version
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.masking import masked

API_ORIGIN: Document = {"kind": "api", "source": None}


class Setup:
    """How the daemon was started: its process, its units, its flags, its configuration file."""

    def __init__(self, context: Context) -> None:
        self.version = engine_version(context)
        self.units = process.find_units(context)
        self.process: process.Process | None = None
        self.process_gap: str | None = None
        try:
            self.process = process.find_process(context)
        except Unread as gap:
            self.process_gap = gap.reason
        self.written = process.written_arguments(context, self.units)
        # Of a daemon that does not run, what it would be started with.
        arguments = self.process.arguments if self.process else [argument.text for argument in self.written]
        self.arguments = arguments
        self.flags: ParsedFlags = parse_flags(arguments, self.version)
        self.file: ConfigFile | None = None
        self.file_gap: str | None = None
        if self.process is None and context.engine_fault is None:
            # An engine answers, and nothing says which file it was started with.
            self.file_gap = self.process_gap
            return
        try:
            path, named = find_path(context, self.flags, self.process)
            self.file = read_config_file(context, path, named, self.process, self.version, self.flags)
        except Unread as gap:
            self.file_gap = gap.reason

    def argument_origin(self, position: int) -> Document:
        """Where the argument was written. The process is right about its value, the files about its place."""
        text = self.arguments[position]
        source: Argument | None = None
        if self.arguments == [argument.text for argument in self.written]:
            source = self.written[position]
        else:
            value = self.arguments[position + 1 : position + 2]
            for index, argument in enumerate(self.written):
                following = [other.text for other in self.written[index + 1 : index + 2]]
                if argument.text == text and ("=" in text or following == value or len(text) > 2):
                    source = argument
        if source is not None:
            return {"kind": source.kind, "source": source.source}
        # The name alone: the value may be a secret.
        return {"kind": "flag", "source": text.partition("=")[0] if text.startswith("--") else text[:2]}


def setup_of(context: Context) -> Setup:
    """Raises Unread where the engine is not on this host."""
    context.require_local()
    return context.once("daemon_setup", lambda: Setup(context))


class Configured(t.NamedTuple):
    """What flags, file and default make of an option. ``reason`` is why ``value`` is not known, else None."""

    value: t.Any
    origin: t.Optional[Document]
    reason: t.Optional[str]


def configured(setup: Setup, option: keys.Option) -> Configured:
    occurrences = setup.flags.of_key(option.key)
    origin: Document | None = None
    value: t.Any = None
    if occurrences:
        origin = setup.argument_origin(occurrences[-1].position)
        try:
            value = value_of(occurrences)
        except BadValue as error:
            return Configured(None, None, f"the daemon runs with a value that cannot be read: {error}")
        if option.key != "runtimes":
            return Configured(value, origin, None)
    if setup.process is None:
        return Configured(None, None, setup.process_gap)
    if setup.flags.problems:
        return Configured(None, None, f"the daemon's arguments cannot be read for certain: {setup.flags.problems[0]}")
    if setup.file is None or setup.file.doubt is not None:
        return Configured(None, None, setup.file.doubt if setup.file else setup.file_gap)
    content = setup.file.content
    if content is not None and content.conflicts(setup.flags):
        key = content.conflicts(setup.flags)[0][0]
        reason = f"{setup.file.path} is not what the daemon started with: {key} is also a flag, which it refuses"
        return Configured(None, None, reason)
    if content is not None and option.key in content.uncertain:
        return Configured(None, None, f"{setup.file.path} sets it twice in ways of which the engine takes either")
    if content is not None and option.key in content.settings:
        file_value = content.settings[option.key]
        if option.key == "runtimes" and value:
            file_value = {**value, **file_value}
        return Configured(file_value, {"kind": "daemon.json", "source": setup.file.path}, None)
    if origin is not None:
        return Configured(value, origin, None)
    return _default(setup, option)


def _default(setup: Setup, option: keys.Option) -> Configured:
    value = keys.default_of(option, setup.version)
    rootless = setup.process is not None and bool(setup.process.user_id)
    if rootless and option.key in ("data-root", "exec-root", "pidfile", "rootless"):
        return Configured(None, None, "a rootless engine takes its default from its user's environment")
    if value is keys.UNKNOWN_DEFAULT:
        reason = "nothing sets it, and its default depends on the engine's version and its host"
        return Configured(None, None, reason)
    if setup.version is None and option.since:
        return Configured(None, None, f"it is an option since {option.since}, and the engine's version is not known")
    return Configured(value, {"kind": "default", "source": None}, None)


class Options(t.NamedTuple):
    """``values``: each option's entry of the posture. ``unread``: reasons by dotted key below ``options``."""

    values: t.Dict[str, Document]
    unread: t.Dict[str, str]
    differences: t.List[Document]
    # Before masking, for the rooms that read more out of them.
    plain: t.Dict[str, Configured]


def read_options(context: Context) -> Options:
    """All options. Raises Unread where neither the process nor the API can be asked."""
    return context.once("daemon_options", lambda: _read_options(context))


def _read_options(context: Context) -> Options:
    setup: Setup | None = None
    gap = ""
    try:
        setup = setup_of(context)
        gap = setup.process_gap or ""
    except Unread as missing:
        gap = missing.reason
    if (setup is None or setup.process is None) and context.engine_fault is not None:
        raise Unread(gap or context.engine_fault)
    effective = effective_options(context)
    version = setup.version if setup else engine_version(context)
    result = Options({}, {}, [], {})
    for option in keys.options_of(version):
        if not option.key or (version is None and option.removed):
            continue
        known = configured(setup, option) if setup else Configured(None, None, gap)
        if option.key in effective:
            written = _written_since(setup, option, known)
            if written is not None and not same(option.key, effective[option.key], written.value, _no_links):
                result.differences.append(_difference(option, effective[option.key], written))
            known = _by_api(context, option, effective[option.key], known, result)
        elif option.key == "userns-remap" and known.reason is None:
            known = _remap(context, known)
        result.plain[option.key] = known
    _implied_tls(result.plain)
    for key, known in result.plain.items():
        if known.reason is None:
            result.values[key] = {"value": masked(key, known.value), "origin": known.origin}
        else:
            result.values[key] = {}
            result.unread[f"{key}.value"] = known.reason
    return result


def _by_api(context: Context, option: keys.Option, effective: t.Any, known: Configured, result: Options) -> Configured:
    """The value that the API shows, with the origin of the configured one where they agree."""
    if known.reason is not None:
        return Configured(effective, API_ORIGIN, None)
    if same(option.key, effective, known.value, context.host.real_path):
        return Configured(effective, known.origin, None)
    if option.key == "userns-remap" and str(known.value).split(":", maxsplit=1)[0] in ("root", "0"):
        return Configured(effective, known.origin, None)  # written, and by definition without effect
    result.differences.append(_difference(option, effective, known))
    return Configured(effective, API_ORIGIN, None)


def _difference(option: keys.Option, effective: t.Any, known: Configured) -> Document:
    return {
        "option": option.key,
        "effective": masked(option.key, effective),
        "configured": masked(option.key, known.value),
        "origin": known.origin,
    }


def _written_since(setup: Setup | None, option: keys.Option, known: Configured) -> Configured | None:
    """What a daemon.json that the daemon has not read yet says of the option; None where it says nothing."""
    if setup is None or known.reason is None or setup.file is None or setup.file.content is None:
        return None
    content = setup.file.content
    if not setup.file.newer or content.state != "ok" or option.key not in content.settings:
        return None
    return Configured(content.settings[option.key], {"kind": "daemon.json", "source": setup.file.path}, None)


def _no_links(path: str) -> str:
    return path.rstrip("/")


def _remap(context: Context, known: Configured) -> Configured:
    """The API shows that users are remapped; nothing configured to do so means that somebody else's file did."""
    if context.engine_fault is not None or known.value:
        return known
    return Configured(None, None, "users are remapped, but neither flags nor file say for whom")


def _implied_tls(plain: dict[str, Configured]) -> None:
    """Setting tlsverify at all turns TLS on, and TLS verifies clients unless tlsverify says otherwise."""
    tls, verify = plain["tls"], plain["tlsverify"]
    if verify.reason is not None:
        # Even "tls: false" is overruled by tlsverify.
        plain["tls"] = tls if tls.reason else Configured(None, None, verify.reason)
    elif verify.origin is not None and verify.origin["kind"] != "default":
        plain["tls"] = Configured(True, verify.origin, None)
    elif tls.reason is not None:
        plain["tlsverify"] = Configured(None, None, tls.reason)
    else:
        plain["tlsverify"] = Configured(tls.value, tls.origin, None)
