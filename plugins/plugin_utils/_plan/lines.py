# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as lines of text for people. Control characters in names are escaped, so no line can steer a terminal."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.changes import changes, statuses
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_limits import size_text
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import NOT_CHOSEN, NOT_KNOWN, Json, some
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import (
    cause_of,
    evidence,
    numbered,
    plural,
    wrapped,
)

COLUMNS = 100
_MANY = 12
_INTERRUPTED = ("stopped", "deleted", "restarted", "started", "orphaned")
_THEIRS = ", since Docker shows its earlier images and containers only afterwards"
_TITLES = {
    "file_attributes": "Owner and mode of",
    "audit_watches": "Audit rules in",
    "daemon_options": "Options in",
    "containers_slice": "What all containers together may use, in",
    "userns_remap": "User namespaces, in",
    "unfinished_change": "Completion of the earlier change of",
}


def lines_of(plan: Json, forecast: Json | None) -> list[str]:
    """Return the lines of the plan, of what it does not change, and of the forecast."""
    lines = _head(plan)
    for made in plan["steps"]:
        lines += ["", *_step(made)]
    lines += _preflight(plan["preflight"])
    lines += _left_out(plan["left_out"])
    lines += _unused(plan["unused_options"])
    lines += _advice(plan["advice"])
    if forecast is not None:
        lines += ["", *_forecast(forecast, _takes_back(plan))]
    return [visible(line).rstrip() for line in lines]


def _wrapped(words: str, first: str = "", rest: str | None = None) -> list[str]:
    return wrapped(visible(words), COLUMNS, first, " " * len(first) if rest is None else rest)


def _head(plan: Json) -> list[str]:
    steps = plan["steps"]
    refused = bool(plan["blockers"])
    if steps:
        result = f"{plural(len(steps), 'step')}, impact {plan['impact']}{' (refused)' if refused else ''}"
    elif refused:
        result = "none (refused)"
    else:
        result = "none within these limits" if plan["unfinished_note"] else "nothing to do"
    lines = [f"PLAN for {visible(plan['host'])}: {result}"]
    if plan["unfinished_note"]:
        lines += _wrapped(plan["unfinished_note"], "  UNFINISHED: ", "    ")
    for reason in plan["blockers"]:
        lines += _wrapped(reason, "  REFUSED: ", "    ")
    return lines


def _step(made: Json) -> list[str]:
    title = f"{made['order']}. {_TITLES[made['kind']]} {made['file']} (impact {made['impact']})"
    numbers = _numbers([made])
    lines = _wrapped(title + (f" for {numbers}" if numbers else ""), "  ", "     ")
    for change in made["changes"]:
        old = "not set" if change["old"] is None else _value(change["old"], change["name"])
        new = "removed" if change["new"] is None else _value(change["new"], change["name"])
        lines += _wrapped(f"{change['name']}: {old} -> {new}", "     ", "       ")
    for note in made["notes"]:
        lines += _wrapped(note, "     ! ", "       ")
    lines += _containers(made["containers"])
    if made.get("invisible"):
        lines += _invisible(made)
    return lines


def _value(value: t.Any, name: str) -> str:
    if name == "MemoryMax" and str(value).isdecimal():
        return size_text(int(value))
    if isinstance(value, dict) and set(value) == {"Name", "Soft", "Hard"}:
        return f"soft {evidence(value['Soft'])}, hard {evidence(value['Hard'])}"
    return evidence(value)


def _containers(containers: t.Sequence[Json]) -> list[str]:
    lines = []
    for outcome in (*_INTERRUPTED, "keeps_running"):
        names = [one["name"] for one in containers if one["outcome"] == outcome]
        if names:
            shown = some(names, _MANY)
            word = {"keeps_running": "keep running", "deleted": "DELETED (made with --rm)", "stopped": "STOPPED"}.get(
                outcome, outcome
            )
            lines += _wrapped(f"containers {word}: {shown}", "     ", "       ")
    return lines


def _invisible(made: Json) -> list[str]:
    lines = []
    for kind, names in made["invisible"].items():
        if names:
            shown = some(names, _MANY)
            lines += _wrapped(f"{kind} that Docker no longer shows afterwards: {shown}", "     ", "       ")
    if not lines:
        return []
    back = "absent" if made["state"] == "present" else "present"
    return lines + _wrapped(f"They stay on disk. userns_remap_state={back} shows them again.", "     ")


def _preflight(obstacles: t.Sequence[Json]) -> list[str]:
    hints = [one for one in obstacles if one["accepted"]]
    lines = ["", "  Accepted obstacles, and notes:"] if hints else []
    for one in hints:
        culprits = f" ({'; '.join(one['culprits'][:_MANY])})" if one["culprits"] else ""
        lines += _wrapped(f"{one['name']}: {one['reason']}{culprits}. {one['to_do']}", "     ", "       ")
    return lines


def _left_out(entries: t.Sequence[Json]) -> list[str]:
    lines = ["", "  Not changed:"] if entries else []
    by_reason: dict[str, list[Json]] = {}
    for entry in entries:
        by_reason.setdefault(_shared_reason(entry), []).append(entry)
    for reason, group in sorted(by_reason.items(), key=lambda item: item[1][0]["kind"] == "choice"):
        # What a fact is called matters only where it is the fact of one rule.
        reason = group[0]["reason"] if len(group) == 1 else reason
        numbers = sorted({entry["number"] for entry in group}, key=numbered)
        # Which rules nobody asked for is seen in the audit.
        few = len(numbers) <= _MANY or reason != NOT_CHOSEN
        shown = ", ".join(numbers) if few else f"{len(numbers)} other rules that fail"
        lines += _wrapped(f"{shown}: {reason}", "     ", "       ")
    return lines


def _shared_reason(entry: Json) -> str:
    """Return the reason without what differs between rules of which one cause leaves all unknown."""
    reason = str(entry["reason"])
    if not reason.startswith(NOT_KNOWN):
        return reason
    return f"it is not known whether they fail: {cause_of(reason.removeprefix(NOT_KNOWN))}"


def _unused(options: t.Sequence[str]) -> list[str]:
    if not options:
        return []
    return ["", *_wrapped(f"Not set, because no failing rule asks for it: {', '.join(options)}", "  ", "     ")]


def _advice(entries: t.Sequence[Json]) -> list[str]:
    """Name whose failures a person must fix. The commands are many, so that they are only in the plan's file."""
    lines = ["", "  To do by hand (lines to complete are in the plan's file, under advice):"] if entries else []
    by_kind: dict[str, list[Json]] = {}
    for entry in entries:
        by_kind.setdefault(str(entry["subject"]["type"]), []).append(entry)
    for kind, group in by_kind.items():
        if kind == "host":
            lines += _wrapped(f"host: {_numbers(group)}", "     ", "       ")
            continue
        for entry in group[:_MANY]:
            lines += _wrapped(f"{kind} {entry['subject']['name']}: {_numbers([entry])}", "     ", "       ")
        if len(group) > _MANY:
            more = plural(len(group) - _MANY, f"more {kind}")
            lines += _wrapped(f"{more}: {_numbers(group[_MANY:])}", "     ", "       ")
    return lines


def _numbers(entries: t.Iterable[Json]) -> str:
    return ", ".join(sorted({rule["number"] for entry in entries for rule in entry["rules"]}, key=numbered))


def _takes_back(plan: Json) -> bool:
    return any(made.get("state") == "absent" for made in plan["steps"])


def _forecast(forecast: Json, takes_back: bool) -> list[str]:
    then = "AFTER GOING BACK:" if takes_back else "AFTER HARDENING:"
    lines = [
        f"{'NOW:':<{len(then)}} {counts(forecast['counts_before'])}",
        f"{then} {counts(forecast['counts'])}",
    ]
    unpredictable = [one for one in forecast["findings"] if one["after"] == "unknown" != one["before"]]
    hidden, appeared = forecast["no_longer_shown"], forecast["not_shown_before"]
    return lines + _moved(
        [
            ("repaired", [one["number"] for one in forecast["repaired"]]),
            ("new failures", [one["number"] for one in forecast["broken"]]),
            (_not_shown_before(appeared["subjects"]), [one["number"] for one in appeared["rules"]]),
            (_no_longer_shown(hidden["subjects"]), [one["number"] for one in hidden["rules"]]),
            ("no longer applicable", [one["number"] for one in forecast["no_longer_applicable"]]),
            (f"cannot be predicted{_THEIRS if takes_back else ''}", [one["number"] for one in unpredictable]),
        ]
    )


def _moved(groups: t.Iterable[tuple[str, t.Sequence[str]]]) -> list[str]:
    return [
        line for word, numbers in groups if numbers for line in _wrapped(f"{word}: {', '.join(numbers)}", "  ", "    ")
    ]


def _no_longer_shown(subjects: t.Mapping[str, int]) -> str:
    """What Docker does not show any more did not pass: it is counted by itself."""
    return f"no longer shown ({_numbered(subjects)}), so not repaired"


def _not_shown_before(subjects: t.Mapping[str, int]) -> str:
    """What Docker did not show before may have failed all along."""
    return f"not shown before ({_numbered(subjects)}), so no new failures"


def _numbered(subjects: t.Mapping[str, int]) -> str:
    return ", ".join(plural(count, kind) for kind, count in subjects.items())


def counts(numbers: Json) -> str:
    return ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in numbers.items() if value)


def comparison(before: Json, after: Json, promised: Json | None, containers: t.Sequence[str] = ()) -> list[str]:
    """Compare the standing of an audit with the findings of a later one, and name where the forecast was wrong.

    ``containers`` are the lines about what became of them.
    """
    found, now = changes(before, after), statuses(after)
    lines = [f"BEFORE: {counts(before['counts'])}", f"AFTER:  {counts(after['counts'])}"]
    lines += _moved(
        [
            ("repaired", found.repaired),
            ("new failures", found.broken),
            (_not_shown_before(found.new_subjects), found.appeared),
            (_no_longer_shown(found.subjects), found.hidden),
            ("no longer applicable", found.without_subject),
        ]
    )
    if promised is not None:
        wrong = unlike(promised, now)
        for number in wrong:
            status = now.get(number)
            lines.append(f"  different from the forecast: {number} is {status} (forecast: {promised[number]})")
    for line in containers:
        lines += _wrapped(line, "  ", "    ")
    return [visible(line) for line in lines]


def unlike(promised: t.Mapping[str, str], statuses: t.Mapping[str, str]) -> list[str]:
    """Return the numbers of findings that differ from the forecast. A forecast of ``unknown`` promises nothing."""
    return [number for number, status in promised.items() if status != "unknown" and statuses.get(number) != status]
