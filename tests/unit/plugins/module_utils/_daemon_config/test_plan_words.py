# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole sentences of refusals, and what an engine needs after changes of several keys."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.json_edit import edit
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.plan import EngineFacts, Plan, plan
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Refused, Wanted

FILE = "/etc/docker/daemon.json"
Version = t.Optional[t.Tuple[int, int]]


def planned(before: t.Any, wanted: Wanted, *flags: str, version: Version = (26, 1), source: str | None = None) -> Plan:
    content = None if before is None else before if isinstance(before, bytes) else json.dumps(before).encode()
    return plan(
        content, wanted, EngineFacts(version, parse_flags(list(flags), version), lambda _position: source, FILE)
    )


def refused(before: t.Any, wanted: Wanted, *flags: str, **others: t.Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        planned(before, wanted, *flags, **others)
    return caught.value.reasons


def ulimit(**fields: t.Any) -> dict[str, t.Any]:
    return {"Name": "nofile", **fields}


@pytest.mark.parametrize(
    ("wanted", "version", "reason"),
    [
        (Wanted({"graph": "/x"}), (26, 1), "engine 26.1 has no option graph any more (removed in 23.0)"),
        (Wanted({"graph": "/x"}), (23, 0), "engine 23.0 has no option graph any more (removed in 23.0)"),
        (Wanted({"min-api-version": "1.44"}), (28, 5), "engine 28.5 has no option min-api-version yet (new in 29.0)"),
        (Wanted({"api-cors-header": "*"}), (28, 5), "api-cors-header was removed, and engine 28.5 refuses to start with it"),
        (Wanted({"Foo": 1}), (26, 1), "the engine has no option Foo"),
        (Wanted({"foo_bar": 1}), (26, 1), "the engine has no option foo_bar"),
        (Wanted({"mtu": float("nan")}), (26, 1), "the value of mtu cannot be written as JSON"),
        (Wanted({"mtu": {1, 2}}), (26, 1), "the value of mtu cannot be written as JSON"),
        (Wanted({"http-proxy": 3}), (26, 1), "proxies.http-proxy must be a string, and a number was given"),
        (Wanted({"log-level": "loud"}), (26, 1), ("log-level: line 1, column 2: log-level: must be one of panic, fatal, error,"
         " warn, warning, info, debug, trace")),
        (Wanted({"seccomp-profile": "builtin"}), (20, 10), "seccomp-profile: must be the path of a file before 23.0"),
        (Wanted(list_add={"labels": ["x"]}), (26, 1),
         "the engine would not start with the result: line 2, column 3: labels[0] must be name=value"),
        (Wanted(list_add={"dns": [5]}), (26, 1), "dns[0] must be a IP address, and a number was given"),
        (Wanted({"icc": False}, list_remove={"icc": []}), (26, 1), ("icc is no list, so that nothing can be added to it or"
         " removed from it")),
        (Wanted({"dns": []}, list_remove={"dns": ["1.1.1.1"]}), (26, 1), "dns is to be set, and items removed"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_met(wanted: Wanted, version: tuple[int, int], reason: str) -> None:
    assert refused(None, wanted, version=version)[0] == reason


def test_every_wrong_limit_is_named() -> None:
    limits = {"a": {"Name": "nope"}, "b": ulimit(Hard=1, Soft=2), "c": {}, "d": ulimit(Hard=5, Soft=-1)}
    assert refused(None, Wanted({"default-ulimits": limits})) == [
        "default-ulimits: a has the Name nope, which is no limit, so that no container starts",
        "default-ulimits: b has a Soft limit above its Hard one (2 and 1), so that no container starts",
        "default-ulimits: c has no Name, which is no limit, so that no container starts",
        "default-ulimits: d has a Soft limit above its Hard one (-1 and 5), so that no container starts",
    ]
    fine = [ulimit(Hard=0), ulimit(Hard=5), ulimit(Hard=5, Soft=0), ulimit(Hard=5, Soft=5), ulimit(Hard=-1, Soft=9)]
    for limit in fine:
        assert planned(None, Wanted({"default-ulimits": {"x": limit}})).changed, limit


def test_keys_that_are_flags_are_listed_with_their_flags() -> None:
    assert refused({"dns": [], "mtu": 1400}, Wanted({"icc": False}), "--dns=9.9.9.9", "--mtu=1") == [
        (
            f"{FILE} has keys that are also flags of the daemon, with which no engine starts: dns (flag --dns), mtu (flag --mtu)."
            " Remove them from the file (remove), or from the flags"
        )
    ]


_THERE = (
    "given in {0}, and no engine starts with both. Take the flag out there (by a drop-in that empties ExecStart= and sets it anew, not"
    " by editing {1} of a package), reload systemd and restart the engine first"
)
_IN_DEFAULTS = "given in /etc/default/docker, and no engine starts with both. Take the flag out of /etc/default/docker and restart the engine first"


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (
            None,
            "given on its command line, and no engine starts with both. Take the flag out of what starts the daemon first",
        ),
        ("/etc/default/docker", _IN_DEFAULTS),
        *(
            (f"/x/docker.{kind}", _THERE.format(f"/x/docker.{kind}", f"docker.{kind}"))
            for kind in ("service", "socket", "conf")
        ),
    ],
)
def test_a_flag_is_to_be_taken_out_where_it_is_set(source: str | None, advice: str) -> None:
    said = refused(None, Wanted({"icc": False}), "--icc=false", source=source)
    assert said == [f"icc is already the flag --icc of the daemon, {advice}"]


@pytest.mark.parametrize(
    ("before", "wanted", "version", "changed", "needs"),
    [
        # What is not changed for the engine does not hide what is.
        ({}, Wanted({"icc": True, "mtu": 1400}), (26, 1), ["icc", "mtu"], "restart"),
        ({"foo": {}, "mtu": 1400}, Wanted(remove=["foo", "mtu"]), (26, 1), ["foo", "mtu"], "restart"),
        # A null that goes away is a change: of tlsverify, null is a value.
        ({"icc": None}, Wanted(remove=["icc"]), (26, 1), ["icc"], "restart"),
        ({}, Wanted({"mtu": 1400, "debug": True}), (26, 1), ["debug", "mtu"], "restart"),
        # A reload adds runtimes and changes them, and forgets none.
        ({}, Wanted({"runtimes": {"x": {"path": "/x"}}}), (26, 1), ["runtimes"], "reload"),
        ({"runtimes": {"x": {"path": "/x"}}}, Wanted({"runtimes": {"x": {"path": "/y"}}}), (26, 1), ["runtimes"], "reload"),
        ({"runtimes": {"x": {"path": "/x"}, "y": {"path": "/y"}}}, Wanted(remove=["runtimes.x"]), (26, 1), ["runtimes"],
         "restart"),
        ({"dns": ["1.1.1.1"]}, Wanted({"debug": True}), (28, 5), ["debug"], "reload"),
        ({"dns": ["1.1.1.1"]}, Wanted({"debug": True}), (29, 0), ["debug"], "restart"),
        ({"dns": ["1.1.1.1"]}, Wanted({"debug": True}), (29, 2), ["debug"], "restart"),
        ({"dns": ["1.1.1.1"]}, Wanted({"debug": True}), (29, 3), ["debug"], "reload"),
        ({"dns": ["1.1.1.1"]}, Wanted({"debug": True}), None, ["debug"], "reload"),
        ({}, Wanted({"debug": True}), (29, 0), ["debug"], "reload"),
        # The same in another order is the same.
        ({"log-opts": {"a": "1", "b": "2"}}, Wanted({"log-opts": {"b": "2", "a": "1"}}), (26, 1), [], "none"),
        ({"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}]},
         Wanted({"default-address-pools": [{"size": 24, "base": "10.0.0.0/8"}]}), (26, 1), [], "none"),
        ({"debug": True}, Wanted({"debug": True}, remove=["log-opts.max-file", "nope", "no.pe"]), (26, 1), [], "none"),
    ],
)  # fmt: skip
def test_what_changed_and_what_the_engine_needs_for_it(
    before: dict[str, t.Any], wanted: Wanted, version: Version, changed: list[str], needs: str
) -> None:
    made = planned(before, wanted, version=version)
    assert (made.changed_keys, made.needs) == (changed, needs)


def test_an_entry_of_a_map_may_have_a_dot_in_its_name() -> None:
    made = planned({"features": {"a.b": True, "c": True}}, Wanted(remove=["features.a.b"]))
    assert json.loads(made.after or b"") == {"features": {"c": True}}


@pytest.mark.parametrize("before", [None, b"", b" \n\0", b"\0"])
def test_a_file_with_nothing_in_it_is_written_anew(before: bytes | None) -> None:
    for version in ((20, 10), (26, 1)):
        assert json.loads(planned(before, Wanted({"debug": True}), version=version).after or b"") == {"debug": True}


def test_a_file_that_is_read_otherwise_by_an_old_engine() -> None:
    assert "text after the end" in refused(b"{} x", Wanted({"debug": True}))[0]
    # Before 23.0 the engine stops reading after the first value.
    assert planned(b'{"mtu": 1400} x', Wanted({"debug": True}), version=(20, 10)).changed_keys == ["debug"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_new_text_has_the_line_ends_of_the_empty_one(newline: str) -> None:
    assert edit(newline, {"labels": ["é"]}, []) == newline.join(["{", '  "labels": [', '    "é"', "  ]", "}", ""])
    assert edit(newline, {}, []) == "{}" + newline
    assert edit("", {"mtu": 1}, []) == '{\n  "mtu": 1\n}\n'
