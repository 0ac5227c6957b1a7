# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the kernel's packet filter drops what one container on the default bridge sends to another.

The engine writes such a rule when it starts with icc off. Afterwards anybody with the rights of root can delete it, put
another one before it, or switch off that the filter sees bridged packets at all. Rules can be in two places of the
kernel, nf_tables and the older ip_tables; a packet must pass both. Nothing is asked that would make the kernel load a
module: where a module is not loaded, it has no rules.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter import nft, saved
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter.walk import (
    MAYBE,
    NONE,
    Fate,
    Network,
    Packets,
    fate_in,
)

_BRIDGE_SETTINGS = "/proc/sys/net/bridge"
_SHOWN_RULES = 5
_NEW, _OLD = "nf_tables", "ip_tables"


class Family(t.NamedTuple):
    """What the kernel and its programs call one version of IP."""

    number: int
    table: str
    program: str
    tables: str
    setting: str


IPV4 = Family(4, "ip", "iptables", "/proc/net/ip_tables_names", "bridge-nf-call-iptables")
IPV6 = Family(6, "ip6", "ip6tables", "/proc/net/ip6_tables_names", "bridge-nf-call-ip6tables")


def between_containers(context: Context, network: Document) -> Document:
    """Return ``drops``, and ``by``, the rules and settings that decide. ``network`` is the engine's description of a bridge.

    Raises Unread where that cannot be told.
    """
    _require_readable(context)
    name = (network.get("Options") or {}).get("com.docker.network.bridge.name")
    if not isinstance(name, str) or not name:
        raise Unread("the engine does not say the name of the default bridge")
    families = [IPV4, IPV6] if network.get("EnableIPv6") is True else [IPV4]
    by: list[str] = []
    doubt = None
    for family in families:
        packets = Packets(name, _subnets(network, family.number))
        try:
            drops, reasons = _in_family(context.host, family, packets)
        except Unread as gap:
            doubt = doubt or gap
            continue
        if not drops:
            return {"drops": False, "by": reasons}
        by += [reason for reason in reasons if reason not in by]
    if doubt is not None:
        raise doubt
    return {"drops": True, "by": by}


def _require_readable(context: Context) -> None:
    context.require_local()
    host = context.host
    if context.owner != 0:
        raise Unread("the engine does not run as root, and its bridge is in a network of its own")
    if host.effective_uid() != 0:
        raise Unread("the packet filter can be read by root alone")
    try:
        same = host.read_link(f"/proc/{context.daemon_pid()}/ns/net") == host.read_link("/proc/self/ns/net")
    except Unread as gap:
        raise Unread(f"it is not known whose network the daemon uses: {gap.reason}") from None
    if not same:
        raise Unread("the daemon has another network namespace than this audit")


def _subnets(network: Document, version: int) -> list[Network]:
    configured = (network.get("IPAM") or {}).get("Config")
    found: list[Network] = []
    for entry in configured if isinstance(configured, list) else []:
        try:
            subnet = ipaddress.ip_network(str((entry or {}).get("Subnet")), strict=False)
        except (AttributeError, ValueError):
            continue
        if subnet.version == version:
            found.append(subnet)
    return found


def _in_family(host: Host, family: Family, packets: Packets) -> tuple[bool, list[str]]:
    if not _sees_bridged(host, family):
        return False, [f"{family.setting} is off: the filter does not see packets from one container to another"]
    fates: list[Fate] = []
    doubt = None
    for read in (_in_nf_tables, _in_ip_tables):
        try:
            fates += read(host, family, packets)
        except Unread as gap:
            doubt = doubt or gap
    # A packet that one chain of the hook drops is gone; what is read elsewhere could only drop more.
    best = min(fates, key=lambda fate: fate.accepted, default=None)
    if best is not None and best.accepted == NONE:
        return True, [*best.dropped_by[:_SHOWN_RULES], *best.linked_by[:_SHOWN_RULES]]
    if doubt is not None:
        raise doubt
    if best is None:
        return False, ["the packet filter has no chain for forwarded packets"]
    if best.accepted == MAYBE:
        raise Unread(f"whether this lets containers reach each other cannot be told: {best.accepted_by[0]}")
    return False, best.accepted_by[:_SHOWN_RULES]


def _sees_bridged(host: Host, family: Family) -> bool:
    """Return whether packets between two ports of a bridge pass the filter of IP. Without br_netfilter they do not."""
    try:
        return host.read_text(f"{_BRIDGE_SETTINGS}/{family.setting}", 64).strip() not in ("0", "")
    except Unread as gap:
        if gap.kind == "absent":
            return False
        raise


def _in_nf_tables(host: Host, family: Family, packets: Packets) -> list[Fate]:
    """Return what the chains of nf_tables do. iptables shows its own table, and nft those of all others."""
    if not _has_nf_tables(host):
        return []
    own: list[Fate] | None = None
    gap = None
    try:
        own = _of_saved(_saved(host, family, "nft", _NEW), packets)
    except Unread as fault:
        gap = fault
    if any(fate.accepted == NONE for fate in own or []) or not host.has_program("nft"):
        if own is None:
            raise t.cast(Unread, gap)
        return own
    result = host.run("nft", "--json", "list", "ruleset")
    if result.status != 0:
        raise Unread(f"nft failed: {_first_line(result)}")
    found = own or []
    for table in nft.forwarding_tables(result.output, family.number, packets):
        if own is None or (table.family, table.name) != (family.table, "filter"):
            found += [fate_in(table.chains, base) for base in table.bases]
    return found


def _in_ip_tables(host: Host, family: Family, packets: Packets) -> list[Fate]:
    try:
        if "filter" not in host.read_text(family.tables).split():
            return []
    except Unread as gap:
        if gap.kind == "absent":
            return []
        raise
    return _of_saved(_saved(host, family, "legacy", _OLD), packets)


def _of_saved(text: str, packets: Packets) -> list[Fate]:
    chains = saved.filter_chains(text, packets)
    return [fate_in(chains, saved.HOOK)] if saved.HOOK in chains else []


def _saved(host: Host, family: Family, variant: str, place: str) -> str:
    """Return what the program for one of the two places prints; on some hosts it has a name without the variant."""
    program = f"{family.program}-{variant}-save"
    named = host.has_program(program)
    result = host.run(program if named else f"{family.program}-save", "-t", "filter")
    if result.status != 0:
        raise Unread(f"{program} failed: {_first_line(result)}")
    first = result.output.partition("\n")[0]
    if not named and result.output and (_NEW in first) != (place == _NEW):
        raise Unread(f"no program of this host lists the rules that the kernel keeps in {place}")
    return result.output


def _first_line(result: CommandResult) -> str:
    return ((result.error or result.output).strip().splitlines() or [f"status {result.status}"])[0][:200]


def _has_nf_tables(host: Host) -> bool:
    """Return whether the kernel has nf_tables now. A program that asks for it would make the kernel load the module."""
    modules = _lines(host, "/proc/modules")
    if modules is None or any(line.startswith(f"{_NEW} ") for line in modules):
        return True  # a kernel without the file loads no modules
    release = host.read_text("/proc/sys/kernel/osrelease", 256).strip()
    built_in = _lines(host, f"/lib/modules/{release}/modules.builtin")
    return built_in is None or any(line.endswith(f"/{_NEW}.ko") for line in built_in)


def _lines(host: Host, path: str) -> list[str] | None:
    try:
        return host.read_text(path).splitlines()
    except Unread as gap:
        if gap.kind == "absent":
            return None
        raise
