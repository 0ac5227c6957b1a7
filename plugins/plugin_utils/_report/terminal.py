# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary for a terminal: what is wrong, where, and what to do next. Plain text, no colours, 100 columns."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import (
    advisory_words,
    files,
    host_words,
    intake,
    proofs,
    tally,
    waiver_words,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import (
    cause_of,
    listed,
    pad,
    plural,
    shorten,
    width,
    wrapped,
)

COLUMNS = 100
_MANY_WAIVERS = 20
# With more hosts than this, the table shows only the worst hosts.
_HOSTS_IN_FULL = 15
_WORST_HOSTS = 5
_RULES_IN_FULL = 40
_WORST_RULES = 15
_LONGEST_WHERE = 36
_UPGRADES = 4
# The errors of a file of waivers are listed in one.
_LONGEST_ERROR = 1500
_NUMBERS = (("fail", 5), ("unknown", 8), ("manual", 7), ("waived", 7), ("not_applicable", 5), ("pass", 5))


def summary(
    fleet: intake.Document, documents: list[intake.Document], paths: t.Sequence[str] = (), earlier: str | None = None
) -> list[str]:
    """Return the lines for a fleet document, its condensed documents in the same order, and the paths of the reports.

    ``earlier`` is the folder with the reports of an earlier run. They were kept because this run audited no host.
    """
    rules = tally.tallies(documents)
    parts = [
        _head(fleet),
        _replays(fleet["hosts"]),
        _not_audited(fleet["hosts"]),
        _hosts(fleet["hosts"]),
        _failing(rules, fleet["totals"]),
        _advisories(fleet["advisories"], fleet["totals"]["audited"]),
        _waivers(fleet, documents),
        _next(fleet, documents, rules),
        _earlier(earlier),
        _reports(paths),
    ]
    lines = [line for part in parts if part for line in ("", *part)]
    return [shorten(line.rstrip(), COLUMNS) for line in lines[1:]]


def _wrapped(words: str, first: str = "", rest: str | None = None) -> list[str]:
    return wrapped(words, COLUMNS, first, " " * len(first) if rest is None else rest)


def _head(fleet: intake.Document) -> list[str]:
    totals, counts, benchmark = fleet["totals"], fleet["totals"]["counts"], fleet["benchmark"]
    title = visible(str(benchmark.get("title") or benchmark.get("id") or "")) if benchmark else "Docker audit"
    outcomes = [f"{totals[key]:,} {key}" for key in intake.OUTCOMES if totals[key] or key == "audited"]
    lines = _wrapped(f"{title}: {', '.join([plural(totals['hosts'], 'host'), *outcomes])}", "", "  ")
    if totals["audited"]:
        verdicts = ", ".join(f"{counts[status]:,} {_word(status)}" for status in intake.BY_URGENCY if counts[status])
        lines += [*_wrapped(_score(fleet)), *_wrapped(verdicts)]
    return lines


def _score(fleet: intake.Document) -> str:
    totals = fleet["totals"]
    score, unscored = totals["score"], totals["unscored"]
    reason = host_words.no_score_of_fleet(fleet)
    if reason:
        return f"No score: {reason}."
    without = f"; {plural(unscored, 'host has', 'hosts have')} no score" if unscored else ""
    undecided = f"; {score['undecided']:,} could not be decided" if score["undecided"] else ""
    less = sum(1 for host in fleet["hosts"] if host["seen_less"])
    without += f"; less was seen of {plural(less, 'host')} than before" if less else ""
    passed = f"{score['passed']:,} of {plural(score['decided'], 'check')} passed"
    return f"Score: {score['percent']:g}% ({passed}{undecided}){without}"


def _word(status: str) -> str:
    return "not applicable" if status == "not_applicable" else status


def _replays(hosts: list[intake.Document]) -> list[str]:
    replayed = [host for host in hosts if host["replay"]]
    if not replayed:
        return []
    if len(replayed) == len(hosts):
        head = "these results come from a recorded posture. They do not describe any host as it is now."
    else:
        asked = plural(len(replayed), "host was", "hosts were")
        head = f"{asked} not asked. Their results come from a recorded posture and may be out of date."
    lines = _wrapped(f"REPLAY: {head}")
    for host in replayed[:5]:
        lines += _wrapped(visible(f"{host['host']}: {host_words.replay_words(host['replay'])}"), "  ", "    ")
    if len(replayed) > 5:
        lines.append(f"  and {len(replayed) - 5:,} more")
    return lines


def _not_audited(hosts: list[intake.Document]) -> list[str]:
    """List all hosts that were not audited, by name. Hosts with the same reason share one entry."""
    groups: dict[tuple[str, str], list[str]] = {}
    for host in hosts:
        if host["outcome"] != "audited":
            groups.setdefault((host["outcome"], str(host["error"] or "")), []).append(visible(host["host"]))
    if not groups:
        return []
    lines = ["NOT AUDITED"]
    for (outcome, error), names in groups.items():
        lines += _wrapped(f"{', '.join(names)}", "  ", "  ")
        reason = shorten(visible(error), _LONGEST_ERROR)
        lines += _wrapped(f"{outcome}: {reason}" if reason else outcome, "      ")
    return lines


def _hosts(hosts: list[intake.Document]) -> list[str]:
    audited = [host for host in hosts if host["outcome"] == "audited"]
    if not audited:
        return []
    title, several = "HOST", len(audited) > 1
    if len(audited) > _HOSTS_IN_FULL:
        audited = sorted(audited, key=lambda host: (-host["counts"]["fail"], -host["counts"]["unknown"]))[:_WORST_HOSTS]
        title = "WORST HOSTS"
    room = COLUMNS - sum(columns for _status, columns in _NUMBERS) - 27
    names = max(len(title), *(width(_name(host)) for host in audited)) if audited else 0
    column = min(names, room)
    heads = {"not_applicable": "N/A"}
    lines = [
        pad(title, column)
        + "".join(heads.get(status, status.upper()).rjust(columns) for status, columns in _NUMBERS)
        + "  SCORE"
    ]
    for host in audited:
        score = host["score"]
        percent = "none" if score["percent"] is None else f"{score['percent']:g}%"
        lines.append(
            pad(_name(host), column)
            + "".join(f"{host['counts'][status]:,}".rjust(columns) for status, columns in _NUMBERS)
            + f"  {percent}, {score['undecided']} undecided"
        )
        if score["percent"] is None and several:
            lines += _wrapped(f"no score: {host_words.no_score(host)}", "  ", "  ")
        if host["seen_less"]:
            lines += _wrapped(shorten(visible(host["seen_less"]), 400), "  ", "  ")
        for trouble in (host_words.engine_trouble(host["engine"]), host_words.config_fault(host["engine"])):
            if trouble:
                lines += _wrapped(shorten(visible(trouble), 300), "  ", "  ")
        others = host_words.user_engines(host["engine"])
        if others:
            lines += _wrapped(shorten(visible(f"not audited: engines of users ({others})"), 300), "  ", "  ")
        daemons = host_words.other_daemons(host["engine"])
        if daemons:
            lines += _wrapped(shorten(visible(f"not audited: other daemons of root ({daemons})"), 300), "  ", "  ")
        for title, proof in proofs.lines(host):
            lines += _wrapped(shorten(visible(f"{title.lower()}: {proof}"), 300), "  ", "  ")
    return lines


def _name(host: intake.Document) -> str:
    return visible(host["host"]) + (" (replay)" if host["replay"] else "")


def _failing(rules: list[tally.Tally], totals: intake.Document) -> list[str]:
    worst, audited, unknown = tally.worst_first(rules), totals["audited"], totals["counts"]["unknown"]
    if not worst:
        but = f", but {plural(unknown, 'result is', 'results are')} unknown" if unknown else ""
        return [f"No rule failed{but}."] if rules else []
    limit = _RULES_IN_FULL if audited <= _HOSTS_IN_FULL else _WORST_RULES
    lines = [f"FAILING RULES ({len(worst)} of {len(rules)}, worst first)"]
    # The last column, which says where a rule fails, gets the room that the others do not need.
    shown = worst[:limit]
    number = max(width(visible(rule.number)) for rule in shown)
    fixed = 2 + number + 2 + 2 + 2 + 2
    where = max(width(_where(rule, audited, _LONGEST_WHERE)) for rule in shown)
    title = min(max(width(visible(rule.title)) for rule in shown), COLUMNS - fixed - where)
    room = COLUMNS - fixed - title
    for rule in shown:
        level = f"L{rule.level}" if rule.level else "  "
        lines.append(
            f"  {pad(visible(rule.number), number)}  {pad(level, 2)}  {pad(visible(rule.title), title)}"
            f"  {_where(rule, audited, room)}"
        )
    if len(worst) > limit:
        lines.append(f"  and {len(worst) - limit} more")
    return lines


def _where(rule: tally.Tally, audited: int, room: int) -> str:
    failing = rule.failing
    if audited == 1:
        names = rule.failing_names
        if names:
            return listed([visible(name) for name in names], room)
        subjects = sum(failing.values())
        return plural(subjects, rule.kind) if subjects else "the host"
    if len(failing) <= 3:
        return listed([visible(host) for host in failing], room)
    hosts = f"all {audited:,} hosts" if len(failing) == audited else f"{len(failing):,} of {audited:,} hosts"
    subjects = sum(failing.values())
    return f"{hosts}, {plural(subjects, rule.kind)}" if subjects else hosts


def _advisories(section: intake.Document, audited: int) -> list[str]:
    if not audited:
        return []
    without = len(section["hosts_without"])
    if without == audited:
        return ["KNOWN VULNERABILITIES", "  The findings say nothing about advisories: it is not known which are open."]
    lines = [f"KNOWN VULNERABILITIES ({advisory_words.age(section)})"]
    if section["warning"]:
        lines += _wrapped(f"Warning: {section['warning']}", "  ", "    ")
    nothing = advisory_words.nothing_open(section)
    lines += [f"  {nothing}"] if nothing else []
    for entry in section["upgrades"][:_UPGRADES]:
        to = f"; upstream has the fixes in {entry['to']}" if entry["to"] else ""
        to = f" to {entry['to']}" if entry["to"] and entry["origin"] == "docker" else to
        fixes = plural(len(entry["fixes"]), "open advisory", "open advisories")
        words = f"Upgrade {advisory_words.installed_program(entry)}{to}: {fixes}{_on(entry, audited)}"
        lines += _wrapped(shorten(visible(words), 300), "  ", "    ")
    more = len(section["upgrades"]) - _UPGRADES
    lines += [f"  and {more:,} more to upgrade"] if more > 0 else []
    for entry in section["not_restarted"][:_UPGRADES]:
        where = "" if audited == 1 else f"On {listed([visible(host) for host in entry['hosts']], _LONGEST_WHERE)}: "
        lines += _wrapped(where + shorten(visible(advisory_words.only_restart(entry)), 400), "  ", "    ")
    unknown = section["counts"]["unknown"]
    if unknown and not nothing:
        words = plural(unknown, "advisory", "advisories")
        lines.append(f"  It is not known whether {words} {'is' if unknown == 1 else 'are'} open. The report says why.")
    if without:
        lines.append(f"  Nothing is known about {plural(without, 'host')}: the findings say nothing about advisories.")
    return lines


def _on(entry: intake.Document, audited: int) -> str:
    return "" if audited == 1 else f" on {listed([visible(host) for host in entry['hosts']], _LONGEST_WHERE)}"


def _waivers(fleet: intake.Document, documents: list[intake.Document]) -> list[str]:
    said = waiver_words.lines(fleet, documents, datetime.datetime.now().astimezone().date())
    lines = ["WAIVERS"] if said else []
    for line in said[:_MANY_WAIVERS]:
        lines += _wrapped(shorten(visible(line), 300), "  ", "    ")
    return lines + ([f"  and {len(said) - _MANY_WAIVERS} more"] if len(said) > _MANY_WAIVERS else [])


def _next(fleet: intake.Document, documents: list[intake.Document], rules: list[tally.Tally]) -> list[str]:
    counts, totals = fleet["totals"]["counts"], fleet["totals"]
    steps = []
    not_audited = totals["failed"] + totals["unreachable"]
    if not_audited:
        errors = "error" if not_audited == 1 else "errors"
        steps.append(
            f"{plural(not_audited, 'host was', 'hosts were')} not audited. Fix the {errors} above and run again."
        )
    stopped = [visible(one["host"]) for one in documents if (one["engine"] or {}).get("state") == "stopped"]
    if stopped:
        steps.append(f"Start Docker on {listed(stopped, 60)} (journalctl -u docker says why it ended) and audit again.")
    gentle = [visible(rule.number) for rule in tally.worst_first(rules) if rule.impact in ("none", "reload")]
    if gentle:
        steps.append(f"Start with the rules whose remedy interrupts no container: {listed(gentle, 60)}.")
    if counts["unknown"]:
        steps.append(_about_unknown(counts["unknown"], documents))
    if counts["manual"]:
        results = plural(counts["manual"], "result needs", "results need")
        steps.append(f"{results} a check by a person. The report says what to look at.")
    if not steps:
        return []
    return ["NEXT", *(line for position, step in enumerate(steps, 1) for line in _wrapped(step, f"  {position}. "))]


def _about_unknown(count: int, documents: list[intake.Document]) -> str:
    reasons: dict[str, int] = {}
    for document in documents:
        for finding in document["findings"]:
            if finding["status"] == "unknown" and finding["reason"]:
                cause = cause_of(str(finding["reason"])) or _of_a_subject(finding)
                if cause:
                    reasons[cause] = reasons.get(cause, 0) + 1
    step = f"{plural(count, 'result is', 'results are')} unknown ({'it does' if count == 1 else 'they do'} not count as passed)."
    if reasons:
        reason, times = max(reasons.items(), key=lambda each: each[1])
        step += f" Most frequent reason ({times:,}): {shorten(visible(reason), 160)}"
        step += "" if step.endswith((".", "!", "?")) else "."
    if any("root" in reason.lower().replace("/", " ").split() for reason in reasons):
        step += " Run as root (become: true) to see more."
    return step


def _of_a_subject(finding: intake.Document) -> str:
    """Return why the first subject is unknown, where each has a reason of its own."""
    said = (row["reason"] for row in finding["subjects"] if row["verdict"] == "unknown" and row["reason"])
    return cause_of(str(next(said, "")))


def _earlier(path: str | None) -> list[str]:
    if path is None:
        return []
    return _wrapped(f"This run audited no host, so the reports of an earlier run were kept: {visible(path)}.")


def _reports(paths: t.Sequence[str]) -> list[str]:
    """List where the reports are: the page first, then the others. Files of single hosts are named by their folder."""
    if not paths:
        return []
    folder = {path: path.rpartition("/")[0] for path in paths}
    many = {one for one in folder.values() if one.rpartition("/")[2] in files.HOST_FOLDERS}
    single = [path for path in paths if folder[path] not in many]
    folders = {f"{one}/" for one in many}
    ranked = sorted(single, key=lambda path: not path.endswith(".html")) + sorted(folders)
    return ["REPORTS (readable only by you)", *(f"  {visible(path)}" for path in ranked)]
