# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page and the terminal say of one host: its engine, its other engines, why it has no score."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.plugin_utils._report import intake
from ansible_collections.seawall.docker.plugins.plugin_utils._score import why_none


def replay_words(replay: intake.Document) -> str:
    """Return where a recorded posture came from."""
    source, note = replay.get("source"), replay.get("note")
    known = {"embedded": "the posture that ships with the collection", "variable": "a posture from a variable"}
    where = known.get(str(source), str(source or "a file"))
    return f"{where}. {note}" if note else where


def engine_line(engine: intake.Document | None) -> str:
    if not engine:
        return ""
    if engine["state"] != "running":
        return f"Engine {engine['state']}"
    words = [str(engine["version"] or "version unknown")]
    words += [word for key, word in (("rootless", "rootless"), ("userns", "userns")) if engine[key]]
    owner = owner_words(engine)
    if owner:
        words.append(f"of {owner}")
    return ", ".join(words)


# The largest number of engines that are named though they were not audited.
_MANY_ENGINES = 5


def owner_words(engine: intake.Document) -> str | None:
    """Return the user who runs the engine. None for root, or if the user is not known."""
    owner = engine["owner"]
    return _user_words(owner) if isinstance(owner, dict) and owner.get("uid") != 0 else None


def _user_words(user: intake.Document) -> str:
    name, uid = user.get("name"), user.get("uid")
    return f"user {name} (uid {uid})" if name else f"user {uid}"


def user_engines(engine: intake.Document | None) -> str | None:
    """List the engines that other users run and that were not audited. None if there are none."""
    found = engine["user_engines"] if engine else None
    owner = engine["owner"] if engine and isinstance(engine["owner"], dict) else {}
    users = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    others = [one for one in users if one.get("uid") != owner.get("uid")]
    shown = ", ".join(f"{_user_words(one)} at {one.get('address')}" for one in others[:_MANY_ENGINES])
    more = len(others) - _MANY_ENGINES
    return f"{shown}{f' and {more} more' if more > 0 else ''}" or None


def other_daemons(engine: intake.Document | None) -> str | None:
    """Daemons of root that run beside the one that was audited; None where there are none, or that is not known."""
    found = engine["other_daemons"] if engine else None
    others = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    shown = ", ".join(
        f"process {one.get('pid')}{f' ({unit})' if (unit := one.get('unit')) else ''}" for one in others[:_MANY_ENGINES]
    )
    more = len(others) - _MANY_ENGINES
    return f"{shown}{f' and {more} more' if more > 0 else ''}" or None


def engine_trouble(engine: intake.Document | None) -> str | None:
    if not engine or engine["state"] == "running":
        return None
    reason = engine["reason"]
    return f"The engine is {engine['state']}: {reason}" if reason else f"The engine is {engine['state']}."


def config_fault(engine: intake.Document | None) -> str | None:
    fault = engine["config_fault"] if engine else None
    return f"The engine cannot start with its configuration, {fault}" if fault else None


def no_score(host: intake.Document) -> str | None:
    """Return why a host of the fleet document has no score."""
    return why_none(host["counts"], (host["engine"] or intake.NO_ENGINE)["state"])


def no_score_of_fleet(fleet: intake.Document) -> str | None:
    """Return why the fleet has no score: the reason of the only host, or the number of hosts."""
    if fleet["totals"]["score"]["percent"] is not None:
        return None
    audited = [host for host in fleet["hosts"] if host["outcome"] == "audited"]
    if len(audited) == 1:
        return no_score(audited[0])
    return f"none of the {len(audited):,} hosts has one" if audited else "nothing was decided"


def facts(engine: intake.Document | None) -> list[tuple[str, str]]:
    if not engine:
        return []
    facts = [
        ("Engine", engine["version"]),
        ("API", engine["api"]),
        ("System", engine["operating_system"]),
        ("Kernel", engine["kernel"]),
        ("Containers", engine["containers"]),
        ("Rootless", engine["rootless"]),
        ("User namespaces", engine["userns"]),
        ("Address", engine["address"]),
        ("Engine of", owner_words(engine)),
        ("Cannot start with", engine["config_fault"]),
        ("Not audited: engines of users", user_engines(engine)),
        ("Not audited: other daemons of root", other_daemons(engine)),
    ]
    words = {True: "yes", False: "no"}
    return [
        (name, words[value] if isinstance(value, bool) else str(value)) for name, value in facts if value is not None
    ]
