# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings documents as an audit makes them, for tests of what comes after: ordinary, failing, lost and hostile hosts.

Everything is decided by the host's number, so the same call gives the same documents.
"""

from __future__ import annotations

import typing as t

Document = dict[str, t.Any]

BENCHMARK = {"id": "cis-1.8.0", "title": "CIS Docker Benchmark 1.8.0"}
SECTIONS = {
    "1": "Host configuration",
    "2": "Docker daemon",
    "3": "Files of the daemon",
    "4": "Images and build files",
    "5": "Container runtime",
    "6": "Operations",
    "7": "Swarm",
}
# How many recommendations each section has: 118 in all.
_SIZES = {"1": 20, "2": 19, "3": 24, "4": 12, "5": 32, "6": 2, "7": 9}
STATUSES = ("pass", "fail", "manual", "not_applicable", "waived", "unknown")
ADVISORY_STATES = (
    "fixed_upstream", "fixed_by_vendor", "not_applicable", "mitigated", "potentially_vulnerable", "vulnerable", "unknown",
)  # fmt: skip

# What a hostile owner of a container, a host or an image could call it.
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "{{ 7*7 }}{% raw %}",
    "esc\x1b[2J\x1b]0;owned\x07",
    "rtl\u202egnp.exe\u2066",
    "line\nbreak\r\x00\x9b31m",
    "</style></script><!--",
    "\u2028\u200b\ufeff\U000e0041\ud800",
    "=cmd|' /C calc'!A0",
    "&lt;b&gt;&amp;",
)

_DAEMON_REMEDY = {
    "summary": "Map container users to unprivileged host users. Containers and images are kept under a new data root.",
    "impact": "disruptive",
    "daemon_options": {"userns-remap": "default"},
    "commands": [],
}
# number: slug, title, level, expected, why, remedy, share of hosts that fail, containers or host.
_KNOWN: dict[str, tuple[str, str, int, str, str, Document, int, str]] = {
    "2.2": (
        "daemon-icc", "Containers on the default bridge cannot reach each other", 1, "icc is false",
        "One compromised container can attack every neighbour on the default bridge.",
        {"summary": "Switch traffic between containers off.", "impact": "restart", "daemon_options": {"icc": False},
         "commands": []}, 80, "host",
    ),
    "2.9": (
        "daemon-default-ulimits", "Default limits for open files and processes are set", 1, "nofile and nproc are set",
        "Without limits a single container can use up the file handles and processes of the host.",
        {"summary": "Set default limits.", "impact": "reload",
         "daemon_options": {"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 64000}}},
         "commands": []}, 70, "host",
    ),
    "2.10": (
        "daemon-userns-remap", "Root in containers is nobody on the host", 2, "userns-remap is set and in effect",
        "Who breaks out of a container as root is root on the host.", _DAEMON_REMEDY, 90, "host",
    ),
    "2.16": (
        "daemon-live-restore", "Containers survive a restart of the daemon", 1, "live-restore is true",
        "Updates of the daemon get postponed when they stop every container.",
        {"summary": "Switch live restore on.", "impact": "reload", "daemon_options": {"live-restore": True},
         "commands": []}, 50, "host",
    ),
    "5.5": (
        "container-privileged", "No container is privileged", 1, "Privileged is false",
        "A privileged container has all devices and capabilities of the host: its root is the host's root.",
        {"summary": "Run the container without --privileged, with only the capabilities and devices it needs.",
         "impact": "disruptive", "daemon_options": {},
         "commands": ["docker run --cap-drop ALL --cap-add NET_BIND_SERVICE IMAGE"]}, 30, "container",
    ),
    "5.11": (
        "container-memory-limit", "Memory of each container is limited", 1, "a limit that the kernel enforces",
        "A leak in one container takes the memory of all others and of the host.",
        {"summary": "Set a memory limit. Running containers can be changed in place.", "impact": "none",
         "daemon_options": {}, "commands": ["docker update --memory 512m --memory-swap 512m NAME"]}, 60, "container",
    ),
    "5.13": (
        "container-read-only", "Root file systems are read-only", 1, "ReadonlyRootfs is true",
        "A writable root file system lets an intruder leave tools and changed binaries behind.",
        {"summary": "Run with --read-only and mount what must be written.", "impact": "disruptive",
         "daemon_options": {}, "commands": ["docker run --read-only --tmpfs /tmp IMAGE"]}, 85, "container",
    ),
    "5.32": (
        "container-docker-socket", "No container holds the socket of the engine", 1, "no mount of the API socket",
        "Who can talk to the engine can start a privileged container, and so is root on the host.",
        {"summary": "Take the mount away, or put a filtering proxy in between.", "impact": "disruptive",
         "daemon_options": {}, "commands": []}, 15, "container",
    ),
}  # fmt: skip
_CONTAINERS = ("web", "api", "worker", "db", "cache", "proxy", "cron", "metrics", "mail", "search")
_ROOT_NEEDED = "not permitted to read /proc/812/fd, which needs root"


def audited(name: str, seed: int = 0, containers: int = 5, rules: int = 118, hostile: bool = False) -> Document:
    """A host that was audited. ``hostile`` gives its containers names and evidence that attack the reader."""
    numbers = [f"{section}.{n}" for section, size in _SIZES.items() for n in range(1, size + 1)][:rules]
    findings = [_finding(number, name, seed, containers, hostile) for number in numbers]
    counts = {status: sum(1 for each in findings if each["status"] == status) for status in STATUSES}
    decided = counts["pass"] + counts["fail"] + counts["waived"]
    return {
        "findings_version": 1,
        "host": name,
        "outcome": "audited",
        "error": None,
        "replay": None,
        "benchmark": dict(BENCHMARK),
        "engine": {
            "state": "running",
            "reason": None,
            "address": "unix:///var/run/docker.sock",
            "version": ("26.1.5+dfsg1", "28.5.1", "20.10.24")[seed % 3],
            "api": ("1.45", "1.51", "1.41")[seed % 3],
            "operating_system": HOSTILE[0] if hostile else "Debian GNU/Linux 12 (bookworm)",
            "kernel": "6.1.0-25-amd64",
            "containers": containers,
            "rootless": False,
            "userns": seed % 10 == 9,
        },
        "counts": counts,
        "score": {
            "passed": counts["pass"],
            "decided": decided,
            "undecided": counts["manual"] + counts["unknown"],
            "percent": round(100 * counts["pass"] / decided, 1) if decided else None,
        },
        "gaps": {"daemon.listeners": _ROOT_NEEDED, **({HOSTILE[3]: HOSTILE[1]} if hostile else {})},
        "advisories": advisories(name, seed, hostile),
        "unused_waivers": [],
        "ids": ids(seed, hostile),
        "limits": limits(containers, hostile),
        "findings": findings,
    }


def ids(seed: int = 0, hostile: bool = False) -> Document:
    """Ranges of a remapped daemon, and of a user who shares some of its ids where the seed is even."""
    owner, user = (HOSTILE[seed % len(HOSTILE)], HOSTILE[1]) if hostile else ("dockremap", "alice")
    start = 131072 if seed % 2 == 0 else 165536
    ranges = [
        {"kind": "daemon", "owner": owner, "start": 100000, "end": 165535},
        {"kind": "containers", "owner": "", "start": 100000, "end": 165535, "containers": 4},
        {"kind": "account", "owner": user, "start": start, "end": start + 65535},
    ]
    return {"uids": {"ranges": ranges, "more": 0, "known": True}, "gids": {"ranges": ranges, "more": 0, "known": True}}


def limits(containers: int, hostile: bool = False) -> Document:
    """Limits of containers, of which the first has one that the kernel does not enforce, and the last one is stopped."""
    enforced = {"declared": 536870912, "enforced": 536870912, "verdict": "equal"}
    missing = {"declared": 100, "enforced": None, "verdict": "not_enforced"}
    named = [
        HOSTILE[n % len(HOSTILE)] if hostile else f"{_CONTAINERS[n % 10]}{n // 10 or ''}" for n in range(containers)
    ]
    entries = [
        {
            "name": name,
            "running": n != containers - 1,
            "limits": {"memory_bytes": enforced, **({"pids": missing} if n == 0 else {})},
            "unread": None,
        }
        for n, name in enumerate(named)
    ]
    return {"containers": entries, "more": 0}


def advisories(name: str, seed: int = 0, hostile: bool = False) -> Document:
    """The advisories of a host, one in each state and one that a restart fixes. ``hostile`` gives its programs names that attack."""
    text = (lambda n: HOSTILE[(seed + n) % len(HOSTILE)]) if hostile else (lambda n: ("docker-ce", "5:28.5.1-1")[n % 2])
    package = {"manager": "dpkg", "name": text(0), "version": text(1), "origin": "docker"}
    results = [
        {
            "id": f"CVE-2026-100{place:02}",
            "aliases": ["GHSA-2222-3333-4444"],
            "component": "engine" if place % 2 else "containerd",
            "title": text(place) if hostile else f"fault {place}",
            "severity": (None, "low", "critical", "high")[place % 4],
            "exploited": (None, True, False)[place % 3],
            "state": state,
            "reason": f"{text(place)} on {name}" if hostile else f"It is {state}.",
            "restart_fixes": place == len(ADVISORY_STATES),
            "version": text(2) if hostile else "28.5.1",
            "package": package,
            "fixed_versions": ["29.9.0"],
            "source": "https://example.com/advisory",
        }
        for place, state in enumerate((*ADVISORY_STATES, "vulnerable"))
    ]
    upgrade = {
        "component": "engine",
        "version": results[0]["version"],
        "package": package,
        "to": "29.9.0",
        "fixes": ["CVE-2026-10005"],
    }
    return {
        "advisories_version": 1,
        "data": [{"file": "docker.yml", "updated": "2026-11-25"}],
        "counts": {state: sum(1 for one in results if one["state"] == state) for state in ADVISORY_STATES},
        "upgrades": [upgrade],
        "not_restarted": [{"component": "engine", "pids": [7], "fixes": ["CVE-2026-10007"]}],
        "results": results,
    }


def lost(name: str, outcome: str = "unreachable", error: str | None = None) -> Document:
    """A host that could not be audited."""
    return {
        "findings_version": 1,
        "host": name,
        "outcome": outcome,
        "error": error or "Failed to connect to the host via ssh: ssh: connect to host port 22: Connection timed out",
        "replay": None,
        "benchmark": dict(BENCHMARK),
        "engine": None,
        "counts": dict.fromkeys(STATUSES, 0),
        "score": {"passed": 0, "decided": 0, "undecided": 0, "percent": None},
        "gaps": {},
        "unused_waivers": [],
        "findings": [],
    }


def replayed(name: str = "localhost", **options: t.Any) -> Document:
    note = "Recorded on a Debian 12 host with engine 26.1.5."
    return {**audited(name, **options), "replay": {"source": "embedded", "note": note}}


def fleet_of(count: int, containers: int = 5, missing: int = 0) -> list[Document]:
    """Hosts web1, web2 ... of which the last ``missing`` were lost, alternately unreachable and failed."""
    names = [f"{('web', 'db', 'build')[n % 3]}{n + 1}.example.net" for n in range(count)]
    documents = [audited(name, seed=n, containers=containers) for n, name in enumerate(names[: count - missing])]
    for n, name in enumerate(names[count - missing :]):
        if n % 2:
            documents.append(lost(name, "failed", "The engine's answer to /info was cut off after 30 seconds."))
        else:
            documents.append(lost(name))
    return documents


def hostile_fleet() -> list[Document]:
    """Hosts that attack the reader with all that a document holds, and lost ones with hostile names."""
    names = HOSTILE
    documents = [audited(name, seed, 10, hostile=True) for seed, name in enumerate(names)]
    documents[0]["replay"] = {"source": names[1], "note": names[0]}
    documents[1]["engine"].update(state=names[0], reason=names[1])
    documents[2]["benchmark"] = {"id": names[0], "title": names[1]}
    for document in documents:
        document["findings"][0].update(
            rule=names[1],
            number=names[0],
            title=names[0],
            level=names[0],
            section=names[1],
            section_title=names[6],
            reason=names[1],
            expected=names[0],
            why=names[6],
            look_at=names[0],
            policy=[names[0]],
            remedy={
                "summary": names[0],
                "impact": names[1],
                "daemon_options": {names[0]: names[6]},
                "commands": [names[0], names[5]],
            },
        )
    return [*documents, lost(names[0] + "2", error=names[0]), lost(names[3] + "2", names[1])]


def _finding(number: str, host: str, seed: int, containers: int, hostile: bool) -> Document:
    section = number.partition(".")[0]
    place = int(number.partition(".")[2])
    if number in _KNOWN:
        slug, title, level, expected, why, remedy, share, subject = _KNOWN[number]
        fails = (seed * 37 + place * 11) % 100 < share
        status = "fail" if fails else "pass"
    else:
        slug, title, level = f"sample-{number.replace('.', '-')}", f"Sample recommendation {number}", 1 + place % 2
        expected, why, remedy, subject = "as recommended", "An attacker gains a foothold.", None, "host"
        status = ("manual", "pass", "pass", "not_applicable", "unknown", "pass")[(place + int(section)) % 6]
        if number == "3.4" and seed % 4 == 0:
            status = "waived"
    subjects = (
        _subjects(host, status, seed, containers, hostile)
        if subject == "container"
        else [
            {"type": "host", "name": host, "id": None, "verdict": status, "found": _found(status, seed), "reason": None}
        ]
    )
    return {
        "rule": slug,
        "number": number,
        "title": title,
        "level": level,
        "section": section,
        "section_title": SECTIONS[section],
        "status": status,
        "reason": _reason(status, subjects),
        "expected": expected,
        "why": why,
        "look_at": "Compare the list with what this host is for." if status == "manual" else None,
        "policy": ["allowed_registries"] if number == "2.5" else [],
        "remedy": remedy,
        "subjects": subjects,
    }


def _reason(status: str, subjects: list[Document]) -> str:
    failing = sum(1 for subject in subjects if subject["verdict"] == "fail")
    return {
        "pass": "As expected.",
        "fail": f"{failing} of {len(subjects)} containers differ." if len(subjects) > 1 else "The option is not set.",
        "manual": "No fact decides this.",
        "not_applicable": "The host is not part of a swarm.",
        "waived": "Accepted until 2027-03-31: the unit file belongs to the configuration management.",
        "unknown": _ROOT_NEEDED,
    }[status]


def _found(status: str, seed: int) -> t.Any:
    if status == "fail":
        return {"value": None if seed % 2 else False, "origin": "default"}
    return None if status == "unknown" else {"value": True, "origin": "daemon.json"}


def _subjects(host: str, status: str, seed: int, containers: int, hostile: bool) -> list[Document]:
    subjects = []
    for n in range(containers):
        name = HOSTILE[n % len(HOSTILE)] if hostile else _CONTAINERS[n % 10] + (str(n // 10 + 1) if n >= 10 else "")
        fails = status == "fail" and (n + seed) % 3 != 1
        found: t.Any = {"declared": None, "enforced": None} if fails else {"declared": 536870912, "enforced": 536870912}
        subjects.append(
            {
                "type": "container",
                "name": name,
                "id": f"{seed:04x}{n:04x}" + "ab" * 28,
                "verdict": "fail" if fails else "pass",
                "found": {"image": HOSTILE[(n + 1) % len(HOSTILE)], HOSTILE[2]: [HOSTILE[4]]} if hostile else found,
                "reason": HOSTILE[3] if hostile else None,
            }
        )
    return sorted(subjects, key=lambda subject: subject["name"])
