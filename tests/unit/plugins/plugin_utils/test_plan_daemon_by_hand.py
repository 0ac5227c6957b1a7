# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the daemon of a host that is made by hand: each reason to leave one out, with its lines, and what a step holds."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import daemon as part
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.tests.support.plans_by_hand import (
    DAEMON,
    Json,
    container,
    host,
    left_out,
    made,
    option,
)

FLAG = {"kind": "flag", "source": "--icc"}
FILE = {"kind": "daemon.json", "source": "/d.json"}


def only_reason(document: Json) -> str:
    ((_rule, kind, reason),) = left_out(document)
    assert document["steps"] == [] and kind == DAEMON
    return reason


def lines(document: Json) -> list[str]:
    return list(document["left_out"][0]["lines"])


CERTIFICATES = "the site must provide a certificate authority, a certificate and a key first"
THEN = " (then set the option in remediate_daemon_options)"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("storage-driver", "another storage driver hides all images and containers; move them first"),
        ("data-root", "another data root hides all images and containers; move them first"),
        ("hosts", "the address of the API is mostly a flag of the unit, and who uses it is not known"),
        ("tlscacert", CERTIFICATES + THEN),
        ("tlscert", CERTIFICATES + THEN),
        ("tlskey", CERTIFICATES + THEN),
        ("authorization-plugins", "install the plugin first; without it Docker does not start" + THEN),
        ("log-driver", "only you can know where logs must go" + THEN),
        ("selinux-enabled", "the host's SELinux policy must have rules for containers first" + THEN),
    ],
)
def test_what_no_program_can_know_is_left_to_the_site(key: str, reason: str) -> None:
    asked = option(icc=False, **{key: "x"})
    document = made(host(icc=True), asked)
    assert only_reason(document) == reason and lines(document) == ['"icc": false', f'"{key}": "x"']
    # What the site names is set, but for what hides images or is mostly a flag.
    given: t.Any = ["x"] if key in ("hosts", "authorization-plugins") else key == "selinux-enabled" or "x"
    document = made(host(icc=True), asked, options={key: given})
    if THEN in reason:
        assert document["steps"][0]["options"] == {"icc": False, key: given}
    else:
        assert only_reason(document) == reason


def test_certificates_that_the_engine_has_are_kept() -> None:
    asked = option(tlskey="x", tlsverify=True)
    document = made(host(tlskey="/own/key.pem", tlsverify=False), asked)
    assert document["steps"][0]["options"] == {"tlsverify": True} and left_out(document) == []
    assert CERTIFICATES in only_reason(made(host(tlskey="", tlsverify=False), asked))
    # A driver of logs that the engine has is not the one that the rule asks for.
    assert "where logs must go" in only_reason(made(host(log_driver="json-file"), option(log_driver="x")))


def test_a_profile_of_the_site_is_its_own_to_name() -> None:
    policy = {"custom_seccomp_profile_required": True}
    reason = "the policy asks for a profile of the site (name its file in remediate_daemon_options)"
    asked, of = option(seccomp_profile="builtin"), host(seccomp_profile="unconfined")
    assert only_reason(made(of, asked, policy=policy)) == reason
    document = made(of, asked, policy=policy, options={"seccomp-profile": "/p.json"})
    assert document["steps"][0]["options"] == {"seccomp-profile": "/p.json"}
    assert made(host(icc=True), option(icc=False), policy=policy)["steps"]


@pytest.mark.parametrize(
    ("manager", "named"),
    [
        ("snap", "the engine is run by snap"),
        (None, "which service manager runs the engine is not known"),
        ("none", "no service manager runs the engine"),
        ("systemd", None),
        ("openrc", None),
    ],
)
def test_an_engine_that_nothing_here_can_restart(manager: str | None, named: str | None) -> None:
    posture = host(icc=True)
    posture["daemon"]["process"]["manager"] = manager
    document = made(posture, option(icc=False))
    if named is None:
        assert len(document["steps"]) == 1
    else:
        assert only_reason(document) == f"{named}, and only systemd, sysvinit and openrc can restart it here"
        assert lines(document) == ['"icc": false']


@pytest.mark.parametrize(
    ("kind", "source", "first"),
    [
        ("flag", "--icc", ["take --icc out of what starts the daemon, and restart it"]),
        ("environment_file", "/etc/default/docker", ["take --icc out of /etc/default/docker, and restart the engine"]),
        *(
            (
                kind,
                "/u",
                [
                    (
                        "systemctl edit docker.service   # ExecStart= (empty), then ExecStart= with the whole command without"
                        " --icc"
                    ),
                    "systemctl restart docker.service",
                ],
            )
            for kind in ("systemd_unit", "systemd_dropin", "socket_unit")
        ),
    ],
)
def test_a_flag_is_taken_out_where_it_stands(kind: str, source: str, first: list[str]) -> None:
    posture = host(icc=True)
    posture["daemon"]["options"]["icc"]["origin"] = {"kind": kind, "source": source}
    document = made(posture, option(icc=False))
    assert only_reason(document) == f"icc is a flag of the daemon, set by {source}, and no engine starts with both"
    assert lines(document) == [*first, '"icc": false']
    # The same where the engine runs with another value than the flag's.
    posture["daemon"]["options"]["icc"]["origin"] = {"kind": "api", "source": None}
    posture["daemon"]["differences"] = [
        {"option": "other", "effective": 1, "configured": 2, "origin": FLAG},
        {"option": "icc", "effective": True, "configured": False, "origin": {"kind": kind, "source": source}},
    ]
    assert lines(made(posture, option(icc=False))) == [*first, '"icc": false']


@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("/u/docker.service", ", set by /u/docker.service", "systemctl edit docker.service "),
        ("/u/x.conf", ", set by /u/x.conf", "systemctl edit docker.service "),
        ("/etc/default/docker", ", set by /etc/default/docker", "take --icc out of /etc/default/docker, and"),
        (None, "", "take --icc out of what starts the daemon, and restart it"),
    ],
)
def test_a_flag_of_the_next_start(source: str | None, said: str, line: str) -> None:
    posture = host(icc=True)
    changed = {"option": "icc", "running": None, "next": True, "source": source}
    posture["daemon"]["process"]["changed_arguments"] = [{**changed, "option": "mtu"}, changed]
    document = made(posture, option(icc=False))
    assert only_reason(document) == (
        f"icc is a flag of the daemon at its next start{said}, and no engine starts with both"
    )
    assert lines(document)[0].startswith(line)
    # One that is gone with the next start is in nobody's way.
    posture["daemon"]["process"]["changed_arguments"] = [{**changed, "running": True, "next": None}]
    assert len(made(posture, option(icc=False))["steps"]) == 1


def test_only_what_is_written_can_be_taken_out() -> None:
    reason = "nothing that was found sets cgroup-parent, so that there is nothing to take out"
    posture = host(cgroup_parent="/x")
    assert only_reason(made(posture, option(cgroup_parent=""))) == reason
    posture["daemon"]["config_file"]["keys"] = ["cgroup-parent"]
    (step,) = made(posture, option(cgroup_parent=""))["steps"]
    assert (step["options"], step["remove"]) == ({}, ["cgroup-parent"])
    posture["daemon"]["config_file"]["keys"] = []
    posture["daemon"]["options"]["cgroup-parent"]["origin"] = FILE
    assert made(posture, option(cgroup_parent=""))["steps"][0]["remove"] == ["cgroup-parent"]


@pytest.mark.parametrize(
    ("version", "value", "fits"),
    [("23.0.0", "builtin", True), ("22.9.9", "builtin", False), ("20.10.24", "unconfined", False), ("20.10.24", "/p", True), (None, "builtin", False)],
)  # fmt: skip
def test_words_for_a_profile_are_files_to_old_engines(version: str | None, value: str, fits: bool) -> None:
    posture = host(seccomp_profile="default")
    posture["daemon"]["versions"]["engine"] = version
    document = made(posture, option(seccomp_profile="x"), options={"seccomp-profile": value})
    if fits:
        assert document["steps"][0]["options"] == {"seccomp-profile": value}
    else:
        assert only_reason(document) == f"engines before 23.0 take {value} for the name of a file, and do not start"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("inactive", None),
        ("active", "a node of a swarm does not start with live restore (swarm: active)"),
        (None, "a node of a swarm does not start with live restore (swarm: not known)"),
    ],
)
def test_live_restore_is_not_for_nodes_of_a_swarm(state: str | None, reason: str | None) -> None:
    posture = host()
    posture["daemon"]["info"]["swarm"]["state"] = state
    document = made(posture, option(live_restore=True))
    if reason is None:
        assert len(document["steps"]) == 1
    else:
        assert (only_reason(document), lines(document)) == (reason, [])
    # Turning it off is.
    posture = host(live_restore=True)
    posture["daemon"]["info"]["swarm"]["state"] = state
    assert len(made(posture, option(live_restore=False))["steps"]) == 1


def test_what_is_right_already_or_waits_is_said() -> None:
    assert only_reason(made(host(icc=False), option(icc=False))) == (
        "its options are as they should be, and yet: reason of one"
    )
    posture = host(icc=True)
    posture["daemon"]["differences"] = [{"option": "icc", "effective": True, "configured": False, "origin": FILE}]
    document = made(posture, option(icc=False))
    assert only_reason(document) == (
        "the file says so already; the engine takes it over when it starts while no container runs"
    )
    assert lines(document) == ['"icc": false']
    # The file says something else.
    posture["daemon"]["differences"][0]["configured"] = True
    assert len(made(posture, option(icc=False))["steps"]) == 1


def test_a_step_beyond_what_is_allowed_is_left_out_with_its_reason() -> None:
    document = made(host(icc=True), option(icc=False), max_impact="reload")
    assert only_reason(document) == "its impact is restart, and remediate_max_impact is reload"
    assert lines(document) == ['"icc": false']
    posture = host(icc=True, live_restore=True)
    posture["containers"] = [container("web")]
    posture["daemon"]["process"].update(stop_kills_shims=True, kill_mode="mixed")
    reason = only_reason(made(posture, option(icc=False)))
    assert reason.startswith("its impact is disruptive, and remediate_max_impact is restart (systemd ends the shims")
    assert made(posture, option(icc=False), max_impact="disruptive")["impact"] == "disruptive"
    # A reload ends no shims.
    posture["daemon"]["options"]["debug"] = {"value": True, "origin": FILE}
    assert made(posture, option(debug=False))["impact"] == "reload"


@pytest.mark.parametrize(
    ("key", "iptables", "reason"),
    [
        ("icc", True, None),
        ("userland_proxy", True, None),
        ("icc", False, "with iptables off the engine does not start with icc false"),
        ("userland_proxy", False, "with iptables off nothing but the proxy leads to published ports"),
        (
            "icc",
            None,
            "whether iptables is on is not known, and with iptables off the engine does not start with icc false",
        ),
        ("no_new_privileges", False, None),
    ],
)
def test_what_needs_the_packet_filter(key: str, iptables: bool | None, reason: str | None) -> None:
    new = key == "no_new_privileges"
    asked = option(**{key: new})
    document = made(host(iptables=iptables, **{key: not new}), asked, option("other", debug=False))
    kept = {key.replace("_", "-"): new} if reason is None else {}
    assert [one["options"] for one in document["steps"]] == [{**kept, "debug": False}]
    assert left_out(document) == ([("one", DAEMON, reason)] if reason is not None else [])
    # A rule whose one option cannot be set sets none of its others.
    both = option(**{key: new}, log_level="info")
    document = made(host(iptables=iptables, log_level="debug", **{key: not new}), both)
    assert bool(document["steps"]) is (reason is None)
    # Turned on in the same plan, it is there.
    on = option("on", iptables=True)
    document = made(host(iptables=False, **{key: not new}), asked, on)
    assert document["steps"][0]["options"] == {key.replace("_", "-"): new, "iptables": True}


def test_a_step_says_what_the_engine_shows_of_it_afterwards() -> None:
    shown = {"live_restore": True, "debug": False, "experimental": False, "insecure_registries": []}
    posture = host(debug=True, experimental=True, insecure_registries=["r:1"], icc=True)
    (step,) = made(posture, option(icc=False, **shown))["steps"]
    assert step["expect"] == shown
    assert step["options"] == {"icc": False, **{key.replace("_", "-"): new for key, new in shown.items()}}
    assert (step["file"], step["remove"]) == ("/d.json", [])
    assert step["check_mode"] == {"options": step["options"], "remove": []}


def test_options_of_another_log_driver_are_taken_out_one_by_one() -> None:
    posture = host(log_driver="json-file", log_opts={"max-size": "1m", "tag": "x", "labels": "y"})
    given = {"log-driver": "syslog", "log-opts": {"syslog-address": "tcp://l:1", "tag": "x"}}
    (step,) = made(posture, option(log_driver="x", log_opts={"a": "b"}), options=given)["steps"]
    assert step["options"] == given and step["remove"] == ["log-opts.labels", "log-opts.max-size"]
    assert [(one["name"], one["old"], one["new"]) for one in step["changes"]] == [
        ("log-driver", "json-file", "syslog"),
        ("log-opts.syslog-address", None, "tcp://l:1"),
        ("log-opts.labels", "y", None),
        ("log-opts.max-size", "1m", None),
    ]


def test_where_no_file_is_known_it_is_the_usual_one() -> None:
    assert part.config_path({}) == "/etc/docker/daemon.json"
    assert part.config_path({"daemon": {"config_file": {"path": "/d.json"}}}) == "/d.json"


def test_limits_that_the_policy_asks_for_and_nobody_named() -> None:
    limit = {"nofile": {"Name": "nofile", "Soft": 1, "Hard": 2}}
    asked = option(default_ulimits=limit)
    policy = {"required_default_ulimits": ["nofile", "nproc", "core"]}
    document = made(host(default_ulimits={}), asked, policy=policy)
    assert document["steps"][0]["options"] == {"default-ulimits": limit}
    assert left_out(document) == [
        (
            "one",
            DAEMON,
            "the policy also asks for nproc, core: name values in remediate_daemon_options.default-ulimits",
        )
    ]
    assert left_out(made(host(default_ulimits={}), asked)) == []


def test_two_steps_are_for_live_restore_before_a_restart_alone() -> None:
    posture = host(icc=True, debug=True)
    posture["containers"] = [container("web")]
    live = part.Setting(None, "live-restore", False, True, "reload")
    icc = part.Setting(None, "icc", True, False, "restart")
    debug = part.Setting(None, "debug", True, False, "reload")

    def impacts(*settings: part.Setting, runs: bool = True, **choices: t.Any) -> list[str]:
        return [one["impact"] for one in part.steps_of([*settings], posture, Choices(**choices), runs)]

    assert impacts() == [] and impacts(live) == ["reload"] and impacts(live, debug) == ["reload"]
    assert impacts(live, icc) == impacts(icc, live) == ["reload", "restart"]
    assert impacts(live, icc, runs=False) == impacts(live, icc, keep_containers=False) == ["restart"]
    assert impacts(live._replace(new=False), icc) == ["restart"]
    for shims in (True, None):
        posture["daemon"]["process"]["stop_kills_shims"] = shims
        assert impacts(live, icc) == ["restart"]
    posture["daemon"]["process"]["stop_kills_shims"] = False
    first, second = part.steps_of([live, icc._replace(new=None, drop=())], posture, Choices(), True)
    assert first["notes"][-1].startswith("live-restore is turned on first, by a reload")
    assert second["check_mode"] == {"options": {"live-restore": True}, "remove": ["icc"]}


def test_the_unit_of_the_engine_is_the_one_that_is_edited() -> None:
    posture = host(icc=True)
    posture["daemon"]["options"]["icc"]["origin"] = {"kind": "systemd_unit", "source": "/u"}
    for unit, shown in (
        ("docker-2.service", "docker-2.service"),
        ("a b.service", "'a b.service'"),
        (None, "docker.service"),
    ):
        posture["daemon"]["process"]["unit"] = unit
        edit, restart, _line = lines(made(posture, option(icc=False)))
        assert edit.startswith(f"systemctl edit {shown}   # ") and restart == f"systemctl restart {shown}"


def test_lines_have_the_values_of_the_site() -> None:
    posture = host(debug=True, mtu=1500)
    posture["daemon"]["process"]["manager"] = None
    document = made(posture, option(mtu=1400, debug=False), options={"mtu": 1300, "icc": False})
    assert lines(document) == ['"mtu": 1300', '"debug": false']
    filtered = made(host(icc=True, iptables=False), option(icc=False))
    assert lines(filtered) == ['"icc": false']


def test_an_option_that_goes_back_to_its_default_may_be_there_already() -> None:
    assert only_reason(made(host(cgroup_parent=""), option(cgroup_parent=""))).startswith(
        "its options are as they should be"
    )


def test_an_option_that_only_later_engines_have() -> None:
    posture = host()
    posture["daemon"]["versions"]["engine"] = "20.10.24"
    document = made(posture, option(default_network_opts={"bridge": {"x": "y"}}))
    assert only_reason(document) == "this engine has no option default-network-opts"
    assert lines(document) == ['"default-network-opts": {"bridge": {"x": "y"}}']


def test_what_a_change_means_is_noted_by_its_option() -> None:
    posture = host(icc=True)
    posture["containers"] = [container("web", networks=["bridge"]), container("db", networks=["bridge"])]
    (step,) = made(posture, option(icc=False, no_new_privileges=True))["steps"]
    assert [note for note in step["notes"] if note.startswith("icc: ") and "web" in note]
