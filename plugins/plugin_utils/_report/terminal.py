# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary for a terminal: what is wrong, where, and what to do next. Plain text, no colours, 100 columns."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake, proofs, tally, view
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import (
    listed,
    pad,
    plural,
    shorten,
    width,
    wrapped,
)

COLUMNS = 100
# With more hosts than this, the totals and the worst hosts stand for the table of all.
_HOSTS_IN_FULL = 15
_WORST_HOSTS = 5
_RULES_IN_FULL = 40
_WORST_RULES = 15
_LONGEST_WHERE = 36
_NUMBERS = (("fail", 5), ("unknown", 8), ("manual", 7), ("waived", 7), ("not_applicable", 5), ("pass", 5))


def summary(fleet: intake.Document, documents: list[intake.Document], paths: t.Sequence[str] = ()) -> list[str]:
    """The lines for a fleet document, the condensed documents in its order, and the reports that were written."""
    rules = tally.tallies(documents)
    parts = [
        _head(fleet),
        _replays(fleet["hosts"]),
        _lost(fleet["hosts"]),
        _hosts(fleet["hosts"]),
        _failing(rules, fleet["totals"]["audited"]),
        _next(fleet, documents, rules),
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
    undecided = f"{score['undecided']:,} not decided"
    reason = view.no_score_of_fleet(fleet)
    if reason:
        return f"No score: {reason}."
    without = f"; {plural(unscored, 'host has', 'hosts have')} no score" if unscored else ""
    return f"Score: {score['percent']:g}% of {score['decided']:,} decided passed; {undecided}{without}"


def _word(status: str) -> str:
    return "not applicable" if status == "not_applicable" else status


def _replays(hosts: list[intake.Document]) -> list[str]:
    replayed = [host for host in hosts if host["replay"]]
    if not replayed:
        return []
    if len(replayed) == len(hosts):
        head = "these verdicts come from a recorded posture and say nothing about a host as it is now."
    else:
        asked = plural(len(replayed), "host was", "hosts were")
        head = f"{asked} not asked; their verdicts come from a recorded posture and say nothing about now."
    lines = _wrapped(f"REPLAY: {head}")
    for host in replayed[:5]:
        lines += _wrapped(visible(f"{host['host']}: {view.replay_words(host['replay'])}"), "  ", "    ")
    if len(replayed) > 5:
        lines.append(f"  and {len(replayed) - 5:,} more")
    return lines


def _lost(hosts: list[intake.Document]) -> list[str]:
    """All hosts without an audit, by name. Those with the same reason share it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for host in hosts:
        if host["outcome"] != "audited":
            groups.setdefault((host["outcome"], str(host["error"] or "")), []).append(visible(host["host"]))
    if not groups:
        return []
    lines = ["NOT AUDITED"]
    for (outcome, error), names in groups.items():
        lines += _wrapped(f"{', '.join(names)}", "  ", "  ")
        reason = shorten(visible(error), 400)
        lines += _wrapped(f"{outcome}: {reason}" if reason else outcome, "      ")
    return lines


def _hosts(hosts: list[intake.Document]) -> list[str]:
    audited = [host for host in hosts if host["outcome"] == "audited"]
    if not audited:
        return []
    title, several = "HOST", len(audited) > 1
    if len(audited) > _HOSTS_IN_FULL:
        audited = sorted(audited, key=lambda host: (-host["counts"]["fail"], -host["counts"]["unknown"]))[:_WORST_HOSTS]
        title = "HOSTS THAT FAIL MOST"
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
            lines += _wrapped(f"no score: {view.no_score(host)}", "  ", "  ")
        trouble = view.engine_trouble(host["engine"])
        if trouble:
            lines += _wrapped(shorten(visible(trouble), 300), "  ", "  ")
        others = view.user_engines(host["engine"])
        if others:
            lines += _wrapped(shorten(visible(f"not audited: engines of users ({others})"), 300), "  ", "  ")
        daemons = view.other_daemons(host["engine"])
        if daemons:
            lines += _wrapped(shorten(visible(f"not audited: other daemons of root ({daemons})"), 300), "  ", "  ")
        proof = proofs.words(host["proof"])
        if proof:
            lines += _wrapped(shorten(visible(f"isolation proof: {proof}"), 300), "  ", "  ")
    return lines


def _name(host: intake.Document) -> str:
    return visible(host["host"]) + (" (replay)" if host["replay"] else "")


def _failing(rules: list[tally.Tally], audited: int) -> list[str]:
    worst = tally.worst_first(rules)
    if not worst:
        return ["No rule fails. What is not decided is no pass."] if rules else []
    limit = _RULES_IN_FULL if audited <= _HOSTS_IN_FULL else _WORST_RULES
    lines = [f"FAILING RULES ({len(worst)} of {len(rules)}, the worst first)"]
    # All columns but the last are as narrow as they can be: the last says where.
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
        (names,) = failing.values()
        return listed([visible(name) for name in names], room) if names else "the host"
    if len(failing) <= 3:
        return listed([visible(host) for host in failing], room)
    hosts = f"all {audited:,} hosts" if len(failing) == audited else f"{len(failing):,} of {audited:,} hosts"
    subjects = sum(len(names) for names in failing.values())
    return f"{hosts}, {plural(subjects, rule.kind)}" if subjects else hosts


def _next(fleet: intake.Document, documents: list[intake.Document], rules: list[tally.Tally]) -> list[str]:
    counts, totals = fleet["totals"]["counts"], fleet["totals"]
    steps = []
    lost = totals["failed"] + totals["unreachable"]
    if lost:
        them = "it" if lost == 1 else "them"
        steps.append(f"Make {plural(lost, 'host')} answer: without an audit, nothing is known of {them}.")
    gentle = [visible(rule.number) for rule in tally.worst_first(rules) if rule.impact in ("none", "reload")]
    if gentle:
        steps.append(f"Begin with what interrupts no container: {listed(gentle, 60)}.")
    if counts["unknown"]:
        steps.append(_about_unknown(counts["unknown"], documents))
    if counts["manual"]:
        verdicts = plural(counts["manual"], "verdict needs", "verdicts need")
        steps.append(f"{verdicts} a person. The report says what to look at.")
    if not steps:
        return []
    return ["NEXT", *(line for position, step in enumerate(steps, 1) for line in _wrapped(step, f"  {position}. "))]


def _about_unknown(count: int, documents: list[intake.Document]) -> str:
    reasons: dict[str, int] = {}
    for document in documents:
        for finding in document["findings"]:
            if finding["status"] == "unknown" and finding["reason"]:
                reasons[str(finding["reason"])] = reasons.get(str(finding["reason"]), 0) + 1
    step = f"{plural(count, 'verdict is', 'verdicts are')} unknown, which is no pass."
    if reasons:
        reason, times = max(reasons.items(), key=lambda each: each[1])
        step += f" The most frequent reason ({times:,}): {shorten(visible(reason), 160)}"
        step += "" if step.endswith((".", "!", "?")) else "."
    if any("root" in reason.lower().replace("/", " ").split() for reason in reasons):
        step += " Run as root (become: true) to see more."
    return step


def _reports(paths: t.Sequence[str]) -> list[str]:
    """Where the reports are, the page first; the hosts' own files by their folder."""
    if not paths:
        return []
    single = [path for path in paths if "/hosts/" not in path]
    folders = {path.rpartition("/")[0] + "/" for path in paths if "/hosts/" in path}
    ranked = sorted(single, key=lambda path: not path.endswith(".html")) + sorted(folders)
    return ["REPORTS (readable by you alone)", *(f"  {visible(path)}" for path in ranked)]
