# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon: what it is, how it was started and configured, and which configuration is in force."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_file import (
    ConfigFile,
    config_file_document,
    prepared_keys,
    unfinished_change,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.dependents import active_dependents
from ansible_collections.seawall.docker.plugins.module_utils._daemon.left_containers import (
    left_containers,
    live_restore_at_start,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import next_start
from ansible_collections.seawall.docker.plugins.module_utils._daemon.own_files import sees_same_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import process_document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.sockets import listening_sockets
from ansible_collections.seawall.docker.plugins.module_utils._daemon.stopping import stop_kills_shims
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.container_ports import published_ports
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import engine_info
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.listeners import listeners, tls_document
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.masking import masked
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.options import (
    Options,
    Setup,
    read_options,
    setup_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.seccomp import daemon_profile
from ansible_collections.seawall.docker.plugins.module_utils._posture.packages import (
    distribution_package,
    known_packages,
)


def collect(context: Context) -> Document:
    """The section ``daemon`` of the posture, with ``unread`` beside. Raises Unread where there is no engine at all."""
    if context.location.state == "absent":
        raise Unread(context.location.reason)
    facts = Facts()
    _take_section(facts, "versions", lambda: engine_info.version_facts(context))
    _take_section(facts, "info", lambda: engine_info.info_facts(context))
    _take_section(facts, "default_bridge", lambda: engine_info.default_bridge(context))
    setup: Setup | None = None
    try:
        setup = setup_of(context)
    except Unread as gap:
        for key in ("process", "distribution_package", "config_file", "listeners", "listening_sockets", "tls"):
            facts.miss(key, gap.reason)
    if setup is not None:
        known_setup = setup
        _take_process(context, setup, facts)
        facts.take("distribution_package", lambda: _built_by(context, known_setup))
    options: Options | None = None
    try:
        options = read_options(context)
    except Unread as gap:
        for key in ("options", "differences"):
            facts.miss(key, gap.reason)
    if options is not None:
        facts.values["options"] = options.values
        facts.values["differences"] = options.differences
        for key, reason in options.unread.items():
            facts.miss(f"options.{key}", reason)
    if setup is not None:
        _take_listeners(context, setup, options, facts)
    facts.take("seccomp_profile", lambda: daemon_profile(context, setup))
    return facts.document()


def _take_section(facts: Facts, key: str, read: t.Callable[[], Document]) -> None:
    """Store a document, and move the keys of its own ``unread`` to the ``unread`` of the section."""
    section = facts.take(key, read)
    if section is not None:
        for name, reason in section.pop("unread", {}).items():
            facts.miss(f"{key}.{name}", reason)


def _take_process(context: Context, setup: Setup, facts: Facts) -> None:
    _take_section(facts, "process", lambda: process_document(context, setup.process, setup.units))
    if setup.process is None and setup.process_gap and context.location.state == "running":
        for key in ("pid", "source", "user_id", "started_at", "identity"):
            facts.values["process"].pop(key, None)
            facts.miss(f"process.{key}", setup.process_gap)
    _take_stop(context, setup, facts)
    _take_next_start(context, setup, facts)
    _take_dependents(context, setup, facts)
    _take_left_containers(context, setup, facts)
    if setup.file is None:
        facts.miss("config_file", setup.file_gap or "the configuration file is not known")
        return
    file = setup.file
    facts.values["config_file"] = config_file_document(
        file, setup.flags, lambda position: setup.argument_origin(position)["source"]
    )
    if not sees_same_file(context.host, setup.process, file.path):
        facts.values["config_file"]["in_own_namespace"] = True
    _take_unfinished(context, setup, file, facts)
    if file.state == "unreadable":
        for key in ("keys", "unknown", "duplicate", "ineffective", "conflicts", "wrong_type"):
            facts.miss(f"config_file.{key}", file.error or "daemon.json could not be read")
    if file.newer is None and file.state not in ("absent", "unreadable"):
        facts.values["config_file"].pop("newer_than_daemon")
        facts.miss("config_file.newer_than_daemon", file.doubt or "it is not known when the daemon started")


def _built_by(context: Context, setup: Setup) -> str | None:
    """Return the distribution's package that holds the program of the daemon. A version number does not tell."""
    if setup.process is None:
        raise Unread(setup.process_gap or "the daemon's process is not known")
    program = context.host.read_link(f"/proc/{setup.process.pid}/exe")
    if program.endswith(" (deleted)"):
        raise Unread("the program of the daemon was replaced after its start, so whose it was is not known")
    version = str(context.version().get("Version") or "")
    return distribution_package(context.host, program, version, known_packages(context))


def _take_unfinished(context: Context, setup: Setup, file: ConfigFile, facts: Facts) -> None:
    try:
        note = unfinished_change(context, file, setup.process)
    except Unread as gap:
        facts.miss("config_file.unfinished", gap.reason)
        return
    document = facts.values["config_file"]
    try:
        prepared = prepared_keys(context, file, setup.process)
        if prepared:
            document["prepared"] = prepared
    except Unread as gap:
        facts.miss("config_file.prepared", gap.reason)
    document["unfinished"] = note.keys if note is not None else []
    if note is None:
        return
    written = file.content.settings if file.content is not None else {}
    document["unfinished_change"] = {
        "needs": note.needs,
        "backup_file": note.backup_file,
        "restorable": note.restorable,
        "options": {key: masked(key, written[key]) for key in note.keys if key in written},
    }


def _take_stop(context: Context, setup: Setup, facts: Facts) -> None:
    process = setup.process
    if process is None or "process" not in facts.values:
        return
    try:
        own = process.pid == context.location.pid
        facts.values["process"]["stop_kills_shims"] = own and stop_kills_shims(
            context.host, setup.units, process, lambda: _first_processes(context)
        )
    except Unread as gap:
        facts.miss("process.stop_kills_shims", gap.reason)


def _first_processes(context: Context) -> list[int]:
    found = [(container.get("State") or {}).get("Pid") for container in context.containers()]
    return [pid for pid in found if isinstance(pid, int) and pid > 0]


def _take_next_start(context: Context, setup: Setup, facts: Facts) -> None:
    if "process" not in facts.values:
        return
    shown = facts.values["process"]
    coming = next_start(context, setup.units, setup.process, setup.version)
    if setup.units.unit is not None and setup.units.reload_needed is None:
        facts.miss("process.reload_needed", f"systemd does not say whether it has read the files of {setup.units.unit}")
    else:
        shown["reload_needed"] = setup.units.reload_needed
    if setup.process is None or not coming.is_managed:
        shown["changed_arguments"] = None
    elif coming.changed is None:
        facts.miss("process.changed_arguments", coming.reason)
    else:
        shown["changed_arguments"] = [
            {
                "option": one.key or None,
                "running": None if one.running is None else masked(one.key, one.running),
                "next": None if one.next is None else masked(one.key, one.next),
                "source": one.source,
            }
            for one in coming.changed
        ]


def _take_dependents(context: Context, setup: Setup, facts: Facts) -> None:
    units = setup.units
    if "process" not in facts.values:
        return
    try:
        named = units.stopped_with if units.unit is not None else None
        facts.values["process"]["dependent_units"] = (
            None if named is None else active_dependents(context.host, units.unit or "", named, units.sockets)
        )
    except Unread as gap:
        facts.miss("process.dependent_units", gap.reason)


def _take_left_containers(context: Context, setup: Setup, facts: Facts) -> None:
    if setup.process is not None or context.engine_fault is None or "process" not in facts.values:
        return
    try:
        facts.values["process"]["left_containers"] = {
            "ids": left_containers(context),
            "live_restore": live_restore_at_start(setup.flags, setup.file),
        }
    except Unread as gap:
        facts.miss("process.left_containers", gap.reason)


def _take_listeners(context: Context, setup: Setup, options: Options | None, facts: Facts) -> None:
    if setup.process is None or options is None:
        for key in ("listeners", "listening_sockets", "tls"):
            facts.miss(key, setup.process_gap or "the daemon's process is not known")
        return
    process, known = setup.process, options
    facts.take("listeners", lambda: listeners(context, setup, known))
    facts.take("listening_sockets", lambda: _sockets(context, process.pid))
    _take_section(facts, "tls", lambda: tls_document(context, setup, known))


def _sockets(context: Context, pid: int) -> list[Document]:
    """Return the sockets on which the daemon listens. ``published`` marks ports of containers without a proxy process."""
    try:
        ports = {
            port["host_port"]
            for container in context.containers()
            for port in published_ports(container)
            if port["protocol"] == "tcp"
        }
    except Unread:
        ports = set()
    return [
        {**one, "published": one["port"] is not None and one["port"] in ports}
        for one in listening_sockets(context.host, pid)
    ]
