# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the second half of docs/what-rules-read.md: where each fact comes from, and which facts each rule reads.

PYTHONPATH=TREE python -m ansible_collections.seawall.docker.tests.tools.what_rules_read
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Rule

PATH = Path(__file__).resolve().parents[2] / "docs" / "what-rules-read.md"
BEGIN = "## Where each fact comes from\n"


class Source(t.NamedTuple):
    """Who says a fact, what would be the truth (``itself``: nothing knows better), and why that is not read."""

    reads: str
    truth: str = "itself"
    why: str = ""


_RECORD = "the engine's record of the container"
_STAT = "the kernel: owner, mode, access list and links of the file and of all directories on its path"
_AUDITCTL = "the kernel's rules, by auditctl; and the written rules"
_INFO = "the running engine, by `/info`"
_OPTION = "the flags of the running process and its daemon.json"
_MEMORY = "the engine's own memory"
_NO_API = "no API shows it. A file that is newer than the process is not believed"
_SWARM = "the engine's state of the swarm, by its API; addresses and certificates from its files"
_IMAGE = "the engine's record and history of the image"

# The longest beginning of a fact's name counts. ``subject`` is of a container, a file, an image or a network.
SOURCES: dict[str, Source] = {
    "container subject.": Source(_RECORD),
    "container subject.apparmor_profile": Source(
        _RECORD, "the label of the process", "read as well, for running containers (`process.security_label`)"
    ),
    "container subject.capabilities": Source(
        _RECORD,
        "`CapBnd` of the processes",
        "a process can drop capabilities itself, which would make the verdict better; a new one of `docker exec` has them again",
    ),
    "container subject.cgroup.": Source(
        "the engine's record (declared) and the files of the control groups (enforced)"
    ),
    "container subject.cgroup_parent": Source(
        _RECORD, "`/proc/PID/cgroup`", "the kernel's path decides whether the process counts as one of the container"
    ),
    "container subject.default_binding": Source(
        "the options of the container's networks", "the packet filter", "it shows a port only while it is published"
    ),
    "container subject.device": Source(
        _RECORD,
        "the device rules of the control group",
        "with cgroup v2 they are a program in the kernel, which nobody can list",
    ),
    "container subject.mounts": Source(
        "the engine's record, and the kernel's mount tables of the container's processes"
    ),
    "container subject.joined_namespaces.": Source(
        _RECORD,
        "the namespaces of the processes",
        "read as well, for running containers (`process.shares_host_namespace`)",
    ),
    "container subject.namespaces.": Source(
        _RECORD,
        "the namespaces of the processes",
        "read as well, for running containers (`process.shares_host_namespace`)",
    ),
    "container subject.networks": Source(
        _RECORD, "the links in the network namespace", "what root connected by hand is not seen"
    ),
    "container subject.ports": Source(
        "the engine's record of published ports", "the packet filter and listening sockets", "see above"
    ),
    "container subject.privileged": Source(
        _RECORD, "capabilities, devices and seccomp of the processes", "each has a rule of its own"
    ),
    "container subject.process": Source("the kernel: `/proc` of the container's processes"),
    "container subject.process_label": Source(
        _RECORD, "the label of the process", "read as well, for running containers (`process.security_label`)"
    ),
    "container subject.readonly_rootfs": Source(
        _RECORD, "the flag `ro` in the mount table", "read as well, for running containers (`process.root_read_only`)"
    ),
    "container subject.security_options.": Source(
        _RECORD,
        "filter, privileges and label of the processes",
        "read as well, for running containers (`process.seccomp_mode`, `no_new_privileges`, `security_label`)",
    ),
    "container subject.started_with": Source("the record with which the runtime started the container"),
    "container subject.ulimits": Source(
        _RECORD, "`/proc/PID/limits`", "a process can lower its own limits, which would make the verdict better"
    ),
    "container subject.userns.": Source("the kernel: `uid_map` and `gid_map` of the container's first process"),
    "container subject.user": Source(
        _RECORD, "the user of the processes", "read as well (`processes.first_user`, `started_with`)"
    ),
    "file subject.": Source(_STAT),
    "image subject.": Source(_IMAGE, "the build", "nothing on the host knows more of it; imported images are `manual`"),
    "network subject.": Source(
        "the engine's record of the network",
        "the kernel's IPsec states",
        "they exist only while tasks on two nodes talk",
    ),
    "host.auditing.": Source(_AUDITCTL),
    "host.containers": Source("the list of containers, with the facts above"),
    "host.files": Source(_STAT),
    "host.daemon": Source("the running engine, by `/info`; and the kernel: the engine's process"),
    "host.daemon.default_bridge.": Source(
        "the options of the network `bridge`, as the engine shows it", "the packet filter", "read as well (`filter`)"
    ),
    "host.daemon.default_bridge.filter.": Source(
        "the kernel: the rules of the packet filter, and bridge-nf-call-iptables"
    ),
    "host.daemon.info.": Source(_INFO),
    "host.daemon.listeners": Source(
        "the addresses in flags, daemon.json and socket unit",
        "the process's sockets",
        "read as well (`listening_sockets`)",
    ),
    "host.daemon.listening_sockets": Source("the kernel: the sockets of the engine's process"),
    "host.daemon.options.": Source(_OPTION, _MEMORY, _NO_API),
    "host.daemon.process.": Source("the kernel: `/proc` of the engine's process"),
    "host.daemon.seccomp_profile.": Source(f"{_INFO}, and the profile's file", "the filter of a process", "see above"),
    "host.daemon.tls.": Source(
        _OPTION, "a connection to the port", "an audit connects to nothing but the API that it reads"
    ),
    "host.daemon.versions.": Source("the running engine, by `/version`"),
    "host.engine.": Source("the kernel: who serves the socket"),
    "host.host.": Source("the kernel: mounts, links and the socket's mode; and the host's lists of users and groups"),
    "host.registry_tags": Source(
        "the registries, which the engine asks",
        "the registries, asked with credentials",
        "only on request (`audit_registry_check`)",
    ),
    "host.images": Source("the list of images, with the facts above"),
    "host.swarm.": Source(_SWARM),
    "host.userns.containers": Source("the kernel: `uid_map` and `gid_map` of the containers' processes"),
    "host.userns.effective.": Source(f"{_INFO}, and the kernel's maps of running containers"),
    "host.userns.sub": Source("`/etc/subuid` and `/etc/subgid`", "`uid_map` and `gid_map` of a process", "see above"),
}


def source_of(fact: str) -> str:
    """Return the key of the fact's source. Raises LookupError for a fact whose source nobody wrote down."""
    found = [key for key in SOURCES if fact.startswith(key) or fact == key.rstrip(".")]
    if not found:
        raise LookupError(f"say in tests/tools/what_rules_read.py where {fact} comes from")
    return max(found, key=len)


def facts_of(rule: Rule) -> list[str]:
    """List the facts by which a rule decides, also those that functions take out of a subject."""
    found = set()
    for expression in (rule.select, *(clause.condition for clause in rule.clauses)):
        if expression is None:
            continue
        named = [".".join(fact) for fact in expression.facts if len(fact) > 1 and fact[0] != "policy"]
        named += [f"subject.{name}" for name in re.findall(r"kernel_says\(subject, '([^']+)'\)", expression.text)]
        named += ["subject.mounts"] if "known_mounts(subject)" in expression.text else []
        found |= {f"{rule.subjects} {name}" if name.startswith("subject.") else name for name in named}
    return sorted(found)


def table() -> str:
    rules = load_benchmark("cis-1.8.0").rules
    facts = {rule.slug: facts_of(rule) for rule in rules}
    used = {source_of(fact) for each in facts.values() for fact in each}
    lines = [
        BEGIN,
        "This part is generated by `tests/tools/what_rules_read.py`; a test compares it. *Itself* means that nothing on the host knows",
        "better than what is read.",
        "",
        "| facts | read from | the truth would be | why it is not read |",
        "|---|---|---|---|",
    ]
    for key, source in SOURCES.items():
        if key in used:
            lines.append(f"| `{key.rstrip('.')}{'.…' if key.endswith('.') else ''}` | {' | '.join(source)} |")
    lines += ["", "## Which facts each rule reads", "", "| rule | facts by which it decides |", "|---|---|"]
    for rule in rules:
        names = (
            ", ".join(f"`{fact.partition(' ')[2] or fact}`" for fact in facts[rule.slug]) or "– (always for a person)"
        )
        lines.append(f"| {rule.numbers['cis-1.8.0']} `{rule.slug}` | {names} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return the whole page: what is written by hand, and after it the tables."""
    return PATH.read_text(encoding="utf-8").partition(BEGIN)[0].rstrip("\n") + "\n\n" + table()


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
