# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the daemon: what is set, at which cost, what is never set, and what the site must say."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.daemon import Setting, hindrance
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, PlanError
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.planning import plan
from ansible_collections.seawall.docker.tests.support.plans import Json, planned
from ansible_collections.seawall.docker.tests.support.postures import posture_in

DAEMON = "daemon_options"
FILE = {"kind": "daemon.json", "source": "/etc/docker/daemon.json"}
DEFAULT = {"kind": "default", "source": None}


def host(*situations: str, **options: t.Any) -> Json:
    """The good host with these options otherwise, in its file and in effect; ``live_restore`` for live-restore."""
    posture = posture_in(*situations)
    daemon = posture["daemon"]
    for name, value in options.items():
        key = name.replace("_", "-")
        daemon["options"][key] = {"value": value, "origin": dict(FILE)}
        if key == "icc":
            daemon["default_bridge"]["icc"] = value
        elif name in ("live_restore", "debug", "experimental"):
            daemon["info"][name] = value
        elif key == "insecure-registries":
            daemon["info"]["insecure_registries"] = [{"registry": one} for one in value]
        elif key == "authorization-plugins":
            daemon["info"]["authorization_plugins"] = value
        elif key == "log-driver":
            daemon["info"]["logging_driver"] = value
        elif key == "seccomp-profile":
            daemon["info"]["security_options"]["seccomp"] = value
    return posture


@pytest.mark.parametrize(
    ("options", "rule", "impact", "wanted", "removed"),
    [
        ({"icc": True}, "daemon-bridge-icc-off", "restart", {"icc": False}, []),
        ({"log_level": "debug"}, "daemon-log-level-info", "restart", {"log-level": "info"}, []),
        ({"debug": True}, "daemon-log-level-info", "reload", {"debug": False}, []),
        ({"iptables": False}, "daemon-iptables-managed", "restart", {"iptables": True}, []),
        ({"insecure_registries": ["r:1"]}, "daemon-no-insecure-registries", "reload", {"insecure-registries": []}, []),
        ({"cgroup_parent": "/x"}, "daemon-cgroup-parent-default", "restart", {}, ["cgroup-parent"]),
        ({"no_new_privileges": False}, "daemon-no-new-privileges", "restart", {"no-new-privileges": True}, []),
        ({"live_restore": False}, "daemon-live-restore", "reload", {"live-restore": True}, []),
        ({"userland_proxy": True}, "daemon-userland-proxy-off", "restart", {"userland-proxy": False}, []),
        ({"seccomp_profile": "unconfined"}, "daemon-seccomp-profile", "restart", {}, ["seccomp-profile"]),
        ({"experimental": True}, "daemon-experimental-off", "restart", {"experimental": False}, []),
    ],
)
def test_each_option(options: Json, rule: str, impact: str, wanted: Json, removed: list[str]) -> None:
    made = planned(host("stopped_container", **options), rules=[rule])
    step = made.step(DAEMON)
    assert (step["impact"], step["options"], step["remove"]) == (impact, wanted, removed)
    assert step["file"] == "/etc/docker/daemon.json"
    assert [one["rule"] for one in step["rules"]] == [rule]
    assert made.status(rule) == "pass"


def test_one_change_of_the_file_and_one_restart_for_all() -> None:
    made = planned(host(icc=True, userland_proxy=True, no_new_privileges=False))
    step = made.step(DAEMON)
    assert step["options"] == {"icc": False, "no-new-privileges": True, "userland-proxy": False}
    assert [one["number"] for one in step["rules"]] == ["2.2", "2.15", "2.17"]
    assert [(one["name"], one["old"], one["new"]) for one in step["changes"]] == [
        ("icc", True, False),
        ("no-new-privileges", False, True),
        ("userland-proxy", True, False),
    ]


def test_live_restore_comes_first_so_that_containers_run_on() -> None:
    made = planned(host(live_restore=False, userland_proxy=True))
    first, second = made.steps(DAEMON)
    assert (first["impact"], first["options"], first["containers"]) == ("reload", {"live-restore": True}, [])
    assert (second["impact"], second["options"]) == ("restart", {"userland-proxy": False})
    assert [(one["name"], one["outcome"]) for one in second["containers"]] == [("web", "keeps_running")]
    assert first["expect"] == {"live_restore": True}
    assert [one["order"] for one in made.document["steps"]] == [1, 2]
    assert first["check_mode"] == {"options": {"live-restore": True}, "remove": []}
    assert second["check_mode"] == {"options": {"live-restore": True, "userland-proxy": False}, "remove": []}


def test_without_that_they_are_interrupted_once() -> None:
    made = planned(host(live_restore=False, userland_proxy=True), Choices(keep_containers=False))
    step = made.step(DAEMON)
    assert step["options"] == {"live-restore": True, "userland-proxy": False}
    assert [one["outcome"] for one in step["containers"]] == ["restarted"]


def test_without_running_containers_one_step_is_enough() -> None:
    made = planned(host("stopped_container", live_restore=False, userland_proxy=True))
    assert made.step(DAEMON)["options"] == {"live-restore": True, "userland-proxy": False}


def test_icc_is_taken_over_later_where_containers_run_on() -> None:
    made = planned(host(icc=True))
    assert any("takes effect at the next Docker start" in note for note in made.step(DAEMON)["notes"])
    assert made.status("daemon-bridge-icc-off") == "fail"
    made = planned(host("stopped_container", icc=True))
    assert made.status("daemon-bridge-icc-off") == "pass"


def test_icc_names_those_that_lose_each_other() -> None:
    posture = host(icc=True)
    posture["containers"][0]["networks"] = ["bridge"]
    posture["containers"].append({**posture["containers"][0], "id": "b" * 64, "name": "db"})
    assert any("web, db" in note for note in planned(posture).step(DAEMON)["notes"])


@pytest.mark.parametrize(
    ("options", "rule"),
    [({"icc": True}, "daemon-bridge-icc-off"), ({"userland_proxy": True}, "daemon-userland-proxy-off")],
)
def test_what_needs_iptables_waits_for_it(options: Json, rule: str) -> None:
    """With icc false and iptables off no engine starts; with neither proxy nor iptables no port is published."""
    left = planned(host(iptables=False, **options), rules=[rule])
    assert left.document["steps"] == [] and "iptables off" in left.left_out(rule)[0]
    # Together with the rule that turns iptables on it is fine.
    both = planned(host(iptables=False, **options), rules=[rule, "daemon-iptables-managed"])
    assert both.step(DAEMON)["options"]["iptables"] is True and both.left_out(rule) == []
    unknown = host(**options)
    unknown["daemon"]["options"]["iptables"] = {}
    assert "not known" in planned(unknown, rules=[rule]).left_out(rule)[0]


@pytest.mark.parametrize(
    ("kind", "source", "line"),
    [
        ("systemd_unit", "/lib/systemd/system/docker.service", "systemctl edit docker.service"),
        ("systemd_dropin", "/etc/systemd/system/docker.service.d/x.conf", "without --userland-proxy"),
        ("environment_file", "/etc/default/docker", "take --userland-proxy out of /etc/default/docker"),
        ("flag", "--userland-proxy", "take --userland-proxy out of what starts the daemon"),
    ],
)
def test_a_flag_is_left_to_who_wrote_it(kind: str, source: str, line: str) -> None:
    posture = host(userland_proxy=True)
    posture["daemon"]["options"]["userland-proxy"]["origin"] = {"kind": kind, "source": source}
    made = planned(posture)
    (reason,) = made.left_out("daemon-userland-proxy-off")
    assert source in reason and "flag" in reason and made.document["steps"] == []
    (entry,) = made.document["left_out"]
    assert line in entry["lines"][0] and '"userland-proxy": false' in entry["lines"]


def test_a_flag_counts_where_the_engine_shows_another_value() -> None:
    posture = host(debug=True)
    posture["daemon"]["options"]["debug"]["origin"] = {"kind": "api", "source": None}
    origin = {"kind": "environment_file", "source": "/etc/default/docker"}
    posture["daemon"]["differences"] = [{"option": "debug", "effective": True, "configured": False, "origin": origin}]
    made = planned(posture, rules=["daemon-log-level-info"])
    assert "/etc/default/docker" in made.left_out("daemon-log-level-info")[0]


def test_a_flag_of_an_option_that_is_right_already_hinders_nothing() -> None:
    posture = host(debug=True)
    posture["daemon"]["options"]["log-level"] = {"value": "info", "origin": {"kind": "flag", "source": "--log-level"}}
    assert planned(posture).step(DAEMON)["options"] == {"debug": False}


@pytest.mark.parametrize("rule", ["daemon-no-aufs", "daemon-no-devicemapper"])
def test_what_hides_images_is_never_set(rule: str) -> None:
    posture = host()
    posture["daemon"]["info"]["driver"] = rule.removeprefix("daemon-no-")
    made = planned(posture, Choices(max_impact="disruptive", options={"storage-driver": "overlay2"}), rules=[rule])
    assert made.document["steps"] == [] and "hides all images" in made.left_out(rule)[0]


def test_plugins_are_the_site_s_to_name() -> None:
    posture = host(authorization_plugins=[])
    rule = "daemon-authorization-plugin"
    assert "install the plugin first" in planned(posture, rules=[rule]).left_out(rule)[0]
    made = planned(posture, Choices(options={"authorization-plugins": ["site/authz"]}), rules=[rule])
    step = made.step(DAEMON)
    assert step["options"] == {"authorization-plugins": ["site/authz"]} and "PLUGIN" not in json.dumps(made.document)
    assert any("does not answer: site/authz" in note for note in step["notes"])
    assert made.status(rule) == "pass"


def test_tls_needs_all_three_files_of_the_site() -> None:
    posture = host(tlsverify=False, tlscacert="", tlscert="", tlskey="")
    posture["daemon"]["listeners"].append(
        {"address": "tcp://0.0.0.0:2376", "scheme": "tcp", "ip": "0.0.0.0", "port": 2376}
    )
    rule, files = "daemon-tcp-mutual-tls", {"tlscacert": "/s/ca.pem", "tlscert": "/s/c.pem", "tlskey": "/s/k.pem"}
    for missing in files:
        given = {key: value for key, value in files.items() if key != missing}
        made = planned(posture, Choices(options=given), rules=[rule])
        assert made.document["steps"] == [] and "certificate authority" in made.left_out(rule)[0]
    made = planned(posture, Choices(options=files), rules=[rule])
    assert made.step(DAEMON)["options"] == {"tlsverify": True, **files}
    assert made.status(rule) == "pass"


def test_certificates_that_the_daemon_has_stay() -> None:
    posture = host(tlsverify=False, tlscacert="", tlscert="/own/c.pem", tlskey="/own/k.pem")
    posture["daemon"]["tls"].update(enabled=True, certificate="/own/c.pem", key="/own/k.pem")
    posture["daemon"]["listeners"].append(
        {"address": "tcp://0.0.0.0:2376", "scheme": "tcp", "ip": "0.0.0.0", "port": 2376}
    )
    made = planned(posture, Choices(options={"tlscacert": "/own/ca.pem"}), rules=["daemon-tcp-mutual-tls"])
    assert made.step(DAEMON)["options"] == {"tlsverify": True, "tlscacert": "/own/ca.pem"}


def test_options_of_the_old_log_driver_go_with_it() -> None:
    """A driver that finds an option which it does not know keeps the engine from starting."""
    posture = host(log_driver="json-file", log_opts={"max-size": "10m", "tag": "x"})
    options = {"log-driver": "fluentd", "log-opts": {"fluentd-address": "logs:24224", "tag": "x"}}
    made = planned(posture, Choices(options=options), rules=["daemon-central-logging"])
    step = made.step(DAEMON)
    assert step["options"] == options and step["remove"] == ["log-opts.max-size"]
    assert [(one["name"], one["new"]) for one in step["changes"]] == [
        ("log-driver", "fluentd"),
        ("log-opts.fluentd-address", "logs:24224"),
        ("log-opts.max-size", None),
    ]
    assert made.status("daemon-central-logging") == "pass"


def test_a_log_driver_without_options_of_its_own() -> None:
    posture = host(log_driver="json-file", log_opts={"max-size": "10m"})
    made = planned(posture, Choices(options={"log-driver": "gelf"}), rules=["daemon-central-logging"])
    step = made.step(DAEMON)
    assert step["options"] == {"log-driver": "gelf"} and step["remove"] == ["log-opts.max-size"]
    assert "LOGSERVER" not in json.dumps(made.document)


def test_what_an_audit_masked_is_never_written() -> None:
    posture = host(storage_opts=["dm.basesize=20G", "zfs.token=***"])
    setting = Setting({"rule": "r"}, "storage-opts", None, ["zfs.token=***"], "restart")
    found = hindrance(setting, posture)
    assert found is not None and "which no plan knows" in found[0]


def test_credentials_are_set_and_not_shown() -> None:
    posture = host(log_driver="json-file", log_opts={})
    options = {"log-driver": "splunk", "log-opts": {"splunk-token": "hunter22", "splunk-url": "https://logs"}}
    step = planned(posture, Choices(options=options), rules=["daemon-central-logging"]).step(DAEMON)
    assert step["options"]["log-opts"]["splunk-token"] == "hunter22"
    left = planned(posture, Choices(max_impact="none", options=options), rules=["daemon-central-logging"]).document
    assert left["left_out"] and "hunter22" not in json.dumps(left)
    assert "hunter22" not in json.dumps(step["changes"]) and "https://logs" in json.dumps(step["changes"])


class TestUlimits:
    RULE = "daemon-default-ulimits"

    def limits(self, current: Json, most: int | None = None, policy: Json | None = None, **given: t.Any) -> Json:
        posture = host(default_ulimits=current)
        posture["daemon"]["process"]["limits"] = {"nofile": {"soft": 256, "hard": most}}
        made = planned(posture, Choices(options=given), policy, [self.RULE])
        return {"limits": (made.steps(DAEMON) or [{"options": {}}])[0]["options"].get("default-ulimits"), "made": made}

    def test_an_example_where_there_is_none(self) -> None:
        assert self.limits({})["limits"] == {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 65536}}

    @pytest.mark.parametrize(("most", "soft"), [(20000, 1024), (512, 512)])
    def test_never_above_what_the_daemon_may_raise(self, most: int, soft: int) -> None:
        assert self.limits({}, most)["limits"] == {"nofile": {"Name": "nofile", "Soft": soft, "Hard": most}}

    def test_the_site_s_own_limits_stay(self) -> None:
        own = {"nofile": {"Name": "nofile", "Soft": 5, "Hard": 6}}
        policy = {"required_default_ulimits": ["nofile", "nproc"]}
        result = self.limits(own, policy=policy)
        assert result["limits"] is None  # nothing that is known can be added
        assert any("and yet" in reason for reason in result["made"].left_out(self.RULE))
        nproc = {"nproc": {"Name": "nproc", "Soft": 100, "Hard": 100}}
        result = self.limits(own, policy=policy, **{"default-ulimits": {**own, **nproc}})
        assert result["limits"] == {**own, **nproc} and result["made"].status(self.RULE) == "pass"

    def test_only_what_changes_is_shown(self) -> None:
        step = self.limits({"core": {"Name": "core", "Soft": 0, "Hard": 0}})["made"].step(DAEMON)
        new = {"Name": "nofile", "Soft": 1024, "Hard": 65536}
        assert step["changes"] == [{"name": "default-ulimits.nofile", "old": None, "new": new}]

    def test_what_limits_nothing_is_replaced(self) -> None:
        current = {"nofile": {"Name": "nofile", "Soft": 10, "Hard": -1}, "core": {"Name": "core", "Soft": 0, "Hard": 0}}
        wanted = self.limits(current)["limits"]
        assert wanted["core"] == current["core"] and wanted["nofile"]["Hard"] == 65536

    def test_names_that_the_policy_asks_for_and_nobody_gave(self) -> None:
        made = self.limits({}, policy={"required_default_ulimits": ["nofile", "nproc"]})["made"]
        assert "nproc" in made.left_out(self.RULE)[0] and made.step(DAEMON)["options"]

    @pytest.mark.parametrize(
        "limits",
        [
            {"nofile": {"Name": "nofile", "Soft": 10, "Hard": 5}},
            {"nofile": {"Name": "nproc", "Soft": 1, "Hard": 5}},
            {"nofile": {"Name": "nofile", "Soft": "1", "Hard": 5}},
            {"nofile": {"Name": "nofile", "Soft": True, "Hard": 5}},
            {"nofile": "1:5"},
            "nofile=1:5",
        ],
    )
    def test_limits_with_which_no_container_starts_are_refused(self, limits: t.Any) -> None:
        with pytest.raises(PlanError, match="default-ulimits"):
            self.limits({}, **{"default-ulimits": limits})


def test_a_swarm_node_never_gets_live_restore() -> None:
    """A reload accepts it, and the next start fails."""
    made = planned(host("swarm_manager", live_restore=False))
    assert all("live-restore" not in step["options"] for step in made.steps(DAEMON))
    # A rule of a site may ask for it all the same.
    for state in ("active", "locked", None):
        posture = host(live_restore=False)
        findings = planned(posture, rules=["daemon-live-restore"])
        posture["daemon"]["info"]["swarm"] = {"state": state}
        document = _again(findings.before, posture)
        assert document["steps"] == [] and "swarm" in document["left_out"][0]["reason"]


def _again(findings: Json, posture: Json, choices: Choices | None = None) -> Json:
    return plan(findings, posture, choices or Choices(), {})


def test_seccomp_words_are_files_to_old_engines() -> None:
    posture = host("legacy_engine", seccomp_profile="unconfined")
    rule = "daemon-seccomp-profile"
    made = planned(posture, rules=[rule])
    assert made.step(DAEMON)["remove"] == ["seccomp-profile"] and made.status(rule) == "pass"
    made = planned(posture, Choices(options={"seccomp-profile": "builtin"}), rules=[rule])
    assert made.document["steps"] == [] and "name of a file" in made.left_out(rule)[0]


def test_the_site_s_own_seccomp_profile() -> None:
    posture, rule, policy = host(), "daemon-seccomp-profile", {"custom_seccomp_profile_required": True}
    assert "profile of the site" in planned(posture, policy=policy, rules=[rule]).left_out(rule)[0]
    made = planned(posture, Choices(options={"seccomp-profile": "/etc/docker/s.json"}), policy, rules=[rule])
    assert made.step(DAEMON)["options"] == {"seccomp-profile": "/etc/docker/s.json"} and made.status(rule) == "pass"


def test_an_option_that_this_engine_does_not_have() -> None:
    made = planned(host(experimental=True), rules=["daemon-experimental-off"])
    made.before["findings"][0]["remedy"] = {
        "summary": "Set it.",
        "impact": "restart",
        "daemon_options": {"default-network-opts": {"bridge": {}}},
    }
    posture = posture_in("legacy_engine")
    document = _again(made.before, posture)
    assert document["left_out"][0]["reason"] == "this engine has no option default-network-opts"


def test_nothing_is_taken_out_that_nobody_wrote() -> None:
    posture = host(seccomp_profile="unconfined")
    posture["daemon"]["options"]["seccomp-profile"]["origin"] = {"kind": "api", "source": None}
    made = planned(posture, rules=["daemon-seccomp-profile"])
    assert "nothing that was found sets" in made.left_out("daemon-seccomp-profile")[0]
    # The file says it and the engine shows it otherwise spelled.
    posture["daemon"]["config_file"] = {"path": "/etc/docker/daemon.json", "state": "ok", "keys": ["seccomp-profile"]}
    assert planned(posture, rules=["daemon-seccomp-profile"]).step(DAEMON)["remove"] == ["seccomp-profile"]


def test_a_file_that_is_right_already_waits_for_a_start_without_containers() -> None:
    posture = host(icc=True)
    posture["daemon"]["differences"] = [{"option": "icc", "effective": True, "configured": False, "origin": dict(FILE)}]
    made = planned(posture, rules=["daemon-bridge-icc-off"])
    assert "the file says so already" in made.left_out("daemon-bridge-icc-off")[0]


@pytest.mark.parametrize(
    ("limit", "kept"), [("none", set()), ("reload", {"live-restore"}), ("restart", {"live-restore", "userland-proxy"})]
)
def test_what_costs_too_much_is_left_out(limit: str, kept: set[str]) -> None:
    made = planned(host(live_restore=False, userland_proxy=True), Choices(max_impact=limit))
    assert {key for step in made.steps(DAEMON) for key in step["options"]} == kept
    if limit != "restart":
        assert made.left_out("daemon-userland-proxy-off") == [
            f"its impact is restart, and remediate_max_impact is {limit}"
        ]


@pytest.mark.parametrize("manager", ["none", "snap", "rootless", None])
def test_an_engine_that_cannot_be_restarted_gets_no_options(manager: str | None) -> None:
    posture = host(userland_proxy=True)
    posture["daemon"]["process"]["manager"] = manager
    made = planned(posture)
    assert made.document["steps"] == []
    assert "only systemd, sysvinit and openrc can restart it" in made.left_out("daemon-userland-proxy-off")[0]


@pytest.mark.parametrize("key", ["no-such", "icc ", "ICC", "userns-remap", "insecure-registry"])
def test_options_that_no_engine_has_are_refused(key: str) -> None:
    with pytest.raises(PlanError, match=key):
        planned(host(), Choices(options={key: True}))


def test_options_that_nothing_asks_for_are_named() -> None:
    made = planned(host(), Choices(options={"mtu": 1400, "icc": False}))
    assert made.document["unused_options"] == ["icc", "mtu"]


def test_a_new_file_is_forecast() -> None:
    posture = host(userland_proxy=True)
    entry = next(one for one in posture["files"] if one["role"] == "daemon_json")
    for key in ("type", "owner", "group", "uid", "gid", "mode"):
        entry.pop(key)
    entry["present"] = False
    target = posture["auditing"]["targets"]["daemon_json"]
    target.clear()
    target.update(path=entry["path"], real_path=entry["path"], present=False)
    directory = posture["auditing"]["targets"]["config_directory"]
    directory.update(path="/etc/docker", real_path="/etc/docker", type="directory", watched=False)
    made = planned(posture)
    assert made.status("daemon-json-owner") == made.status("daemon-json-mode") == "pass"
    # Watched at once where the rule of its directory is put in as well, and not where it is not.
    assert made.status("audit-daemon-json") == "pass"
    alone = planned(posture, Choices(rules=frozenset({"daemon-userland-proxy-off"})))
    assert alone.status("audit-daemon-json") == "fail"
    assert {"number": "1.1.11", "status": "fail"}.items() <= {
        key: value
        for one in alone.after["findings"]
        if one["rule"] == "audit-daemon-json"
        for key, value in one.items()
        if key in ("number", "status")
    }.items()


def test_a_restart_makes_images_older() -> None:
    """The age of an image is judged by when the daemon was started, the latest time that a posture knows."""
    posture = host(userland_proxy=True)
    posture["daemon"]["info"]["system_time"] = "2027-11-24T05:00:00Z"
    assert planned(posture).status("image-rebuilt") == "fail"
    assert planned(posture, Choices(max_impact="reload")).status("image-rebuilt") == "manual"
