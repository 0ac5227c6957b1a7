# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as a whole: what was chosen, what stops everything, what becomes of containers, and unfinished runs."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import select_rules
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import IMPACTS
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.changes import changes, standing
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.forecast import posture_after
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.tests.support.plans import HOSTS, Json, Planned, benchmark, planned, recorded
from ansible_collections.seawall.docker.tests.support.postures import posture_in

MANY = {"iptables": False, "userland-proxy": True, "no-new-privileges": False}


def host(*situations: str) -> Json:
    """Faults of every kind: files, audit rules, options with a reload and with a restart."""
    posture = posture_in(*situations)
    daemon = posture["daemon"]
    for key, value in MANY.items():
        daemon["options"][key]["value"] = value
    daemon["info"]["live_restore"] = daemon["options"]["live-restore"]["value"] = False
    next(one for one in posture["files"] if one["role"] == "daemon_json")["mode"] = "0666"
    posture["auditing"]["targets"]["runc"].update(watched=False, watched_loaded=False, watched_written=False)
    return posture


def container(posture: Json, name: str, **facts: t.Any) -> Json:
    base = posture_in()["containers"][0]
    one = {**base, "id": f"{len(posture['containers']):064x}", "name": name, **facts}
    posture["containers"].append(one)
    return one


def outcomes(made: Planned, number: int = -1) -> dict[str, str]:
    return {one["name"]: one["outcome"] for one in made.document["steps"][number]["containers"]}


def test_the_order_of_steps_and_the_worst_impact() -> None:
    document = planned(host()).document
    assert [(one["order"], one["kind"], one["impact"]) for one in document["steps"]] == [
        (1, "file_attributes", "none"),
        (2, "audit_watches", "none"),
        (3, "daemon_options", "reload"),
        (4, "daemon_options", "restart"),
    ]
    assert document["impact"] == "restart" and document["blockers"] == []
    assert document["plan_version"] == 1 and document["host"] == "host"


REMAP = {
    "option": "userns-remap",
    "running": None,
    "next": "default",
    "source": "/etc/systemd/system/docker.service.d/x.conf",
}
LABEL = {"option": "labels", "running": ["a=********"], "next": None, "source": None}


@pytest.mark.parametrize(
    ("process", "unread", "said"),
    [
        ({"reload_needed": True}, {}, ["Files of docker.service were changed", "run systemctl daemon-reload"]),
        ({"changed_arguments": [REMAP]}, {}, ["--userns-remap: not given -> default (in /etc/systemd/", "rollback"]),
        ({"changed_arguments": [LABEL]}, {}, ["--labels: a=******** -> not given."]),
        (
            {"changed_arguments": [{**LABEL, "option": None, "next": "the flag --x is not known"}]},
            {},
            ["the flag --x is"],
        ),
        ({}, {"daemon.process.reload_needed": "systemd does not say"}, ["starts next is not known: systemd does not"]),
    ],
)
def test_a_restart_must_not_bring_other_arguments_into_force(process: Json, unread: Json, said: list[str]) -> None:
    posture = host()
    posture["daemon"]["process"].update(process)
    posture["unread"] = {**posture.get("unread", {}), **unread}
    (blocker,) = planned(posture).document["blockers"]
    assert all(words in blocker for words in said)
    # Files can be changed: that restarts nothing.
    assert planned(posture, Choices(max_impact="none")).document["blockers"] == []


@pytest.mark.parametrize(
    ("killed", "said"),
    [(True, "KillMode=process in a drop-in of docker.service (now control-group)"), (None, "is not known: hidden")],
)
def test_live_restore_is_promised_only_where_the_service_manager_leaves_the_shims(
    killed: bool | None, said: str
) -> None:
    posture = host()
    posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = True
    posture["containers"] = []
    container(posture, "web", state="running", running=True, restart_policy={"name": "no"})
    assert [one["impact"] for one in planned(posture).document["steps"]][-1] == "restart"
    assert outcomes(planned(posture)) == {"web": "keeps_running"}
    process = posture["daemon"]["process"]
    if killed:
        process.update(kill_mode="control-group", stop_kills_shims=True)
    else:
        del process["stop_kills_shims"]
        posture["unread"] = {"daemon.process.stop_kills_shims": "hidden"}
    careful = planned(posture).document
    assert "daemon_options" not in [one["kind"] for one in careful["steps"]]
    assert any("its impact is disruptive" in one["reason"] and said in one["reason"] for one in careful["left_out"])
    made = planned(posture, Choices(max_impact="disruptive"))
    assert outcomes(made) == {"web": "stopped"} and made.document["impact"] == "disruptive"
    after = next(one for one in posture_after(posture, made.document["steps"])["containers"] if one["name"] == "web")
    assert after["state"] == "exited"


def test_live_restore_is_not_turned_on_first_where_it_keeps_nothing() -> None:
    posture = host()
    posture["containers"] = []
    container(posture, "web", state="running", running=True, restart_policy={"name": "always"})
    assert len(planned(posture).steps("daemon_options")) == 2
    posture["daemon"]["process"].update(kill_mode="mixed", stop_kills_shims=True)
    made = planned(posture)
    assert len(made.steps("daemon_options")) == 1 and outcomes(made) == {"web": "restarted"}


def test_an_option_that_becomes_a_flag_with_the_next_start_is_not_written() -> None:
    posture = host()
    drop_in = {"option": "no-new-privileges", "running": None, "next": False, "source": "/etc/systemd/system/x.conf"}
    posture["daemon"]["process"]["changed_arguments"] = [drop_in]
    document = planned(posture).document
    (left,) = [one for one in document["left_out"] if "no-new-privileges" in one["reason"]]
    assert left["reason"].startswith(
        "no-new-privileges is a flag of the daemon at its next start, set by /etc/systemd/"
    )
    assert left["lines"][0].startswith("systemctl edit docker.service")
    assert not any("no-new-privileges" in one.get("options", {}) for one in document["steps"])


@pytest.mark.parametrize(
    ("selection", "kinds"),
    [
        ({"include": ["3"]}, ["file_attributes"]),
        ({"include": ["1.1"]}, ["audit_watches"]),
        ({"include": ["2.16"]}, ["daemon_options"]),
        ({"include": ["daemon-live-restore", "3.18"]}, ["file_attributes", "daemon_options"]),
        ({"profile": "level1"}, ["daemon_options", "daemon_options"]),
        ({"include": ["level2"]}, ["file_attributes", "audit_watches"]),
        ({"skip": ["2", "3"]}, ["audit_watches"]),
        ({"include": ["7"]}, []),
    ],
)
def test_rules_sections_and_profiles_choose(selection: Json, kinds: list[str]) -> None:
    chosen = select_rules(
        benchmark(), selection.get("profile", "level2"), selection.get("include", []), selection.get("skip", [])
    )
    slugs = frozenset(rule.slug for rule in chosen.rules)
    made = planned(host(), Choices(rules=slugs))
    assert [one["kind"] for one in made.document["steps"]] == kinds
    stepped = {rule["rule"] for one in made.document["steps"] for rule in one["rules"]}
    assert stepped <= slugs
    # What fails and was not chosen is listed, with that reason and no other.
    failed = {one["rule"] for one in made.before["findings"] if one["status"] == "fail"}
    for rule in failed - slugs:
        assert made.left_out(rule) == ["not chosen (remediate_profile, remediate_rules, remediate_skip_rules)"]


@pytest.mark.parametrize("limit", IMPACTS)
def test_no_step_costs_more_than_allowed(limit: str) -> None:
    document = planned(host(), Choices(max_impact=limit)).document
    assert document["steps"]
    assert all(IMPACTS.index(one["impact"]) <= IMPACTS.index(limit) for one in document["steps"])


def _stopped(posture: Json) -> None:
    posture["engine"].update(state="stopped", reason="it was stopped")


def _stopped_at_an_unknown_time(posture: Json) -> None:
    _stopped(posture)
    _perhaps_newer(posture)


def _hung(posture: Json) -> None:
    posture["engine"].update(state="unreachable", reason="it did not answer within 30 seconds")
    posture["daemon"].setdefault("process", {})["identity"] = "812/4711"


def _hung_without_process(posture: Json) -> None:
    _hung(posture)
    posture["daemon"]["process"]["identity"] = None


def _socket_of_root(posture: Json) -> None:
    _hung(posture)
    _no_root(posture)


def _no_root(posture: Json) -> None:
    posture["auditor"]["effective_uid"] = 1000


def _invalid(posture: Json) -> None:
    posture["daemon"]["config_file"] = {"path": "/etc/docker/daemon.json", "state": "invalid", "error": "line 3: x"}


def _unreadable(posture: Json) -> None:
    posture["daemon"]["config_file"] = {"path": "/etc/docker/daemon.json", "state": "unreadable", "error": "denied"}


def _newer(posture: Json) -> None:
    posture["daemon"]["config_file"] = {"path": "/d.json", "state": "ok", "newer_than_daemon": True}


def _perhaps_newer(posture: Json) -> None:
    posture["daemon"]["config_file"] = {"path": "/d.json", "state": "ok"}
    posture["unread"]["daemon.config_file.newer_than_daemon"] = "/d.json was changed while the daemon started"


def _rootless(posture: Json) -> None:
    posture["daemon"]["info"]["security_options"]["rootless"] = True


def _remote(posture: Json) -> None:
    posture["engine"].update(address="tcp://10.0.0.5:2376", local=False)


def _not_local(posture: Json) -> None:
    posture["engine"].pop("local")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_stopped, "The engine is stopped: it was stopped. Start it first."),
        (_stopped_at_an_unknown_time, "The engine is stopped: it was stopped. Start it first."),
        (_hung, "within 30 seconds. Its process runs: look at its log, and restart it first."),
        (_hung_without_process, "within 30 seconds. Start it first."),
        (_no_root, "needs root"),
        (_socket_of_root, "Hardening needs root (become: true)."),
        (_invalid, "/etc/docker/daemon.json is invalid, and is left as it is: line 3: x."),
        (_unreadable, "cannot be read: denied."),
        (_newer, "was changed after the engine started"),
        (_perhaps_newer, "is not known: /d.json was changed while the daemon started. Restart the engine"),
        (_rootless, "rootless"),
        (_remote, "over the network"),
        (_not_local, "over the network"),
    ],
)
def test_what_stops_everything(change: t.Callable[[Json], None], words: str) -> None:
    posture = host()
    change(posture)
    (blocker,) = planned(posture).document["blockers"]
    assert words in blocker and blocker.endswith(".")


@pytest.mark.parametrize("situation", ["stopped_engine", "remote"])
def test_a_host_of_which_little_is_known_is_refused_and_nothing_is_planned(situation: str) -> None:
    document = planned(posture_in(situation)).document
    assert document["blockers"] and document["steps"] == []


def test_roots_files_of_a_rootless_engine_are_put_right_and_its_users_are_left_to_the_user() -> None:
    posture = posture_in("rootless")
    files = {one["role"]: one for one in posture["files"]}
    files["service_unit"]["mode"] = files["daemon_json"]["mode"] = "0666"
    files["daemon_json"].update(uid=posture["daemon"]["process"]["user_id"], path="/home/a b/daemon.json")
    document = planned(posture).document
    (step,) = document["steps"]
    assert (step["kind"], step["file"]) == ("file_attributes", files["service_unit"]["path"])
    (left,) = [one for one in document["left_out"] if one["number"] == "3.18"]
    assert left["lines"] == ["chmod 0644 '/home/a b/daemon.json'"] and document["blockers"] == []


def test_what_an_earlier_run_left_is_said_and_is_no_blocker() -> None:
    posture = host()
    _newer(posture)
    posture["daemon"].setdefault("config_file", {})["unfinished"] = ["icc"]
    document = planned(posture).document
    assert document["unfinished"] == ["icc"] and document["blockers"] == []
    assert planned(host()).document["unfinished"] == []


class TestContainers:
    """Each kind of container through a restart, as _restart_forecast knows it."""

    def posture(self, live_restore: bool) -> Json:
        posture = posture_in()
        posture["containers"] = []
        posture["daemon"]["options"]["userland-proxy"]["value"] = True
        posture["daemon"]["info"]["live_restore"] = live_restore
        posture["daemon"]["options"]["live-restore"]["value"] = live_restore
        for name, facts in {
            "plain": {"restart_policy": {"name": "no"}},
            "always": {"restart_policy": {"name": "always"}},
            "unless": {"restart_policy": {"name": "unless-stopped"}},
            "removed": {"restart_policy": {"name": "no"}, "auto_remove": True},
            "paused": {"restart_policy": {"name": "no"}, "state": "paused"},
            "idle": {"restart_policy": {"name": "no"}, "state": "exited", "running": False},
            "back": {"restart_policy": {"name": "always"}, "state": "exited", "running": False},
        }.items():
            container(posture, name, **facts)
        return posture

    def test_a_plain_restart(self) -> None:
        made = planned(self.posture(False), Choices(keep_containers=False))
        assert outcomes(made) == {
            "plain": "stopped",
            "always": "restarted",
            "unless": "restarted",
            "removed": "deleted",
            "paused": "stopped",
            "idle": "unchanged",
            "back": "started",
        }

    @pytest.mark.parametrize("live_restore", [True, False])
    def test_live_restore_on_already_or_turned_on_first(self, live_restore: bool) -> None:
        made = planned(self.posture(live_restore))
        assert outcomes(made) == {
            **dict.fromkeys(("plain", "always", "unless", "removed", "paused"), "keeps_running"),
            "idle": "unchanged",
            "back": "started",
        }

    def test_old_engines_delete_what_they_should_keep(self) -> None:
        posture = self.posture(True)
        posture["daemon"]["versions"]["engine"] = "20.10.24+dfsg1"
        assert outcomes(planned(posture))["removed"] == "deleted"

    def test_exit_statuses_and_tries_decide(self) -> None:
        posture = self.posture(False)
        one = container(posture, "tries", restart_policy={"name": "on-failure", "maximum_retries": 3})
        two = container(posture, "failed", restart_policy={"name": "on-failure"}, state="exited", running=False)
        made = planned(posture, Choices(keep_containers=False))
        assert outcomes(made)["tries"] == "restarted" and outcomes(made)["failed"] == "unchanged"
        one["restart_count"], two["exit_code"] = 3, 1
        made = planned(posture, Choices(keep_containers=False))
        assert outcomes(made)["tries"] == "stopped" and outcomes(made)["failed"] == "started"
        # Where the plan turns live restore on first, no try is needed.
        made = planned(posture)
        assert outcomes(made)["tries"] == "keeps_running" and outcomes(made)["failed"] == "started"

    def test_a_reload_interrupts_nobody(self) -> None:
        posture = self.posture(False)
        posture["daemon"]["options"]["userland-proxy"]["value"] = False
        assert planned(posture).document["steps"][0]["impact"] == "reload"
        assert outcomes(planned(posture)) == {}


class TestForecast:
    """What an audit would say of containers afterwards."""

    def made(self, state: str, policy: str, **facts: t.Any) -> Planned:
        posture = posture_in("stopped_container") if state == "exited" else posture_in()
        posture["containers"][0].update(restart_policy={"name": policy}, **facts)
        posture["daemon"]["options"]["userland-proxy"]["value"] = True
        posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = False
        return planned(posture, Choices(keep_containers=False))

    def test_stopped(self) -> None:
        made = self.made("running", "no")
        assert made.status("container-no-ssh-server") == "not_applicable"
        assert made.status("container-memory-limited") == "pass"
        assert made.status("container-userns-not-host") == "pass"

    def test_started(self) -> None:
        """What it asks for is known, and what it then runs is not."""
        made = self.made("exited", "always")
        assert made.status("container-no-ssh-server") == "unknown"
        assert made.status("container-memory-limited") == "unknown"
        assert made.status("container-not-privileged") == "pass"

    def test_deleted(self) -> None:
        made = self.made("running", "no", auto_remove=True, privileged=True)
        assert made.status("container-not-privileged") == "not_applicable"
        assert made.status("container-exec-not-root") == "not_applicable"

    def test_restarted(self) -> None:
        made = self.made("running", "always")
        assert made.status("container-no-ssh-server") == "pass"
        # Its privileges were settled when it was created.
        posture = posture_in()
        posture["containers"][0]["security_options"]["no_new_privileges"] = None
        posture["containers"][0]["process"]["no_new_privileges"] = False
        posture["daemon"]["options"]["no-new-privileges"]["value"] = False
        made = planned(posture)
        assert made.status("daemon-no-new-privileges") == "pass"
        assert made.status("container-no-new-privileges") == "fail"

    def test_a_filter_comes_with_the_next_start(self) -> None:
        posture = posture_in()
        posture["daemon"]["info"]["security_options"]["seccomp"] = "unconfined"
        posture["daemon"]["options"]["seccomp-profile"]["value"] = "unconfined"
        posture["containers"][0]["process"]["seccomp_mode"] = 0
        assert planned(posture).status("container-seccomp-enabled") == "fail"  # it runs on
        posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = False
        made = planned(posture, Choices(keep_containers=False))
        assert made.status("daemon-seccomp-profile") == made.status("container-seccomp-enabled") == "pass"

    def test_many_that_are_stopped_are_many_stopped(self) -> None:
        posture = posture_in()
        for number in range(6):
            container(posture, f"c{number}", restart_policy={"name": "no"})
        posture["daemon"]["options"]["userland-proxy"]["value"] = True
        posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = False
        assert planned(posture, Choices(keep_containers=False)).status("container-sprawl") == "fail"
        assert planned(posture).status("container-sprawl") == "pass"

    def test_ulimits_that_the_engine_copies_are_not_the_container_s_own(self) -> None:
        posture = posture_in()
        posture["containers"][0].update(restart_policy={"name": "always"})
        posture["daemon"]["options"]["default-ulimits"]["value"] = {}
        posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = False
        made = planned(posture, Choices(keep_containers=False))
        assert made.status("daemon-default-ulimits") == made.status("container-ulimits-default") == "pass"


@pytest.mark.parametrize("name", HOSTS)
def test_planning_changes_nothing_that_it_is_given(name: str) -> None:
    posture = recorded(name)
    before = copy.deepcopy(posture)
    document = planned(posture).document
    assert posture == before
    assert json.loads(json.dumps(document)) == document
    assert planned(posture).document == document


@pytest.mark.parametrize("name", HOSTS)
def test_after_the_plan_nothing_is_left_to_do_but_what_waits(name: str) -> None:
    """A second run changes nothing: the posture that is forecast has no steps."""
    posture = recorded(name)
    first = planned(posture, Choices(keep_containers=False)).document
    assert first["steps"]
    second = planned(posture_after(posture, first["steps"]), Choices(keep_containers=False)).document
    assert second["steps"] == []


def _listing_fails(posture: Json) -> None:
    for target in posture["auditing"]["targets"].values():
        if target["present"]:
            for name in ("watched", "watched_loaded"):
                target.pop(name, None)
                target["unread"][name] = "auditctl -l failed: Error sending rule list"


def _files_disagree(posture: Json) -> None:
    for target in posture["auditing"]["targets"].values():
        if target["present"]:
            target.pop("watched_written", None)
            target["unread"]["watched_written"] = "rules.d and audit.rules disagree on it"


def _nothing(_posture: Json) -> None:
    pass


@pytest.mark.parametrize(
    ("change", "after"), [(_listing_fails, "unknown"), (_files_disagree, "unknown"), (_nothing, "fail")]
)
def test_of_a_new_file_no_more_is_known_than_of_the_others(change: t.Callable[[Json], None], after: str) -> None:
    posture = recorded("bookworm")
    assert not posture["auditing"]["targets"]["daemon_json"]["present"]
    change(posture)
    made = planned(posture)
    statuses = {one["number"]: one["status"] for one in made.after["findings"]}
    assert statuses["1.1.11"] == statuses["1.1.7"] == after
    # A new file of the collection has the mode that it is given.
    assert statuses["3.17"] == statuses["3.18"] == "pass"


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("change", [_listing_fails, _nothing], ids=["rules unread", "as recorded"])
def test_no_finding_has_two_forecasts(name: str, change: t.Callable[[Json], None]) -> None:
    posture = recorded(name)
    change(posture)
    made = planned(posture)
    found = changes(standing(made.before), made.after)
    unknown = [
        now["number"]
        for now, was in zip(made.after["findings"], made.before["findings"], strict=True)
        if now["status"] == "unknown" != was["status"]
    ]
    listed = [*found.repaired, *found.broken, *found.hidden, *found.without_subject, *unknown]
    assert len(listed) == len(set(listed)) and found.repaired
    assert not set(found.repaired) & {one["number"] for one in made.document["left_out"]}
