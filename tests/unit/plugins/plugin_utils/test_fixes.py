# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixes for containers: which lines, with which evidence, and that names of strangers stay words."""

from __future__ import annotations

import re
import subprocess
import typing as t

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.host_fixes import commands_text, made_of
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.making import together
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import Outcome
from ansible_collections.seawall.docker.tests.support import postures

Json = dict[str, t.Any]
EVIL = "x: {privileged: true}\n$(touch /p) ${HOME} {{ 7193 * 13577 }} '\x1b[2J"
DEFINITION: Json = {
    "image": "web:1",
    "entrypoint": [],
    "command": ["serve"],
    "masked_words": 0,
    "environment_names": ["TOKEN"],
    "label_names": [],
}


class _Compose(yaml.SafeLoader):
    """Reads the tags of Compose: what is taken away is None, what replaces is itself."""


def _reset(_loader: yaml.SafeLoader, _node: yaml.Node) -> None:
    return None


def _override(loader: yaml.SafeLoader, node: yaml.Node) -> t.Any:
    return loader.construct_sequence(t.cast(yaml.SequenceNode, node), deep=True)


_Compose.add_constructor("!reset", _reset)
_Compose.add_constructor("!override", _override)


def needs(**more: t.Any) -> Json:
    known: Json = {
        "capabilities": ["CHOWN", "NET_ADMIN"],
        "users": [{"uid": 0, "gid": 0, "host_uid": 0, "processes": 1}],
        "ports": [{"port": 8080, "protocol": "tcp"}],
        "devices": [],
        "written": {"paths": [], "more": 0, "directories": [], "open_files_unread": None},
        "definition": DEFINITION,
        "compose": {"project": "shop", "service": "web", "directory": "/srv", "files": ["/srv/compose.yml"]},
        "unread": {},
    }
    return {**known, **more}


def made(
    needs_of_it: Json,
    change: t.Callable[[Json], None] = lambda _container: None,
    use: Json | None = None,
    **policy: t.Any,
) -> Json:
    posture = postures.bad()
    posture["cgroup"]["containers"][0]["use"] = use or {}
    posture["containers"] = posture["containers"][:1]
    container = posture["containers"][0]
    change(container)
    whole = policy_with(policy)
    findings = evaluate(posture, load_benchmark("cis-1.8.0"), whole, "host")
    return made_of(posture, findings, [{"id": container["id"], "name": container["name"], **needs_of_it}], whole)


def service(result: Json, name: str = "web") -> Json:
    document: Json = _Compose(result["projects"][0]["content"]).get_single_data()
    found: Json = document["services"][name]
    return found


def by_hand(result: Json, slug: str) -> list[str]:
    (one,) = result["projects"][0]["services"]
    return [entry["what"] for entry in one["by_hand"] if any(slug in rule for rule in entry["rules"])]


def test_capabilities_are_those_that_are_held_and_allowed() -> None:
    result = made(needs())
    assert service(result)["cap_drop"] == ["ALL"] and service(result)["cap_add"] == ["CHOWN"]
    assert "the policy does not allow: NET_ADMIN" in result["projects"][0]["content"]
    allowed = made(needs(), allowed_capabilities=["NET_ADMIN"])
    assert service(allowed)["cap_add"] == ["NET_ADMIN"]


def test_what_opens_files_of_the_kernel_is_left_out() -> None:
    def opened(container: Json) -> None:
        container["privileged"] = False
        container["security_options"].update(system_paths_unconfined=True, seccomp="default", apparmor=None, labels=[])

    result = made(needs(), opened)
    keys = service(result)
    assert "systempaths" not in str(keys["security_opt"]) and "privileged" not in keys
    assert "security_opt: !override" in result["projects"][0]["content"]


@pytest.mark.parametrize("compose", [True, False])
def test_a_mount_that_nobody_asked_the_engine_for_is_left_to_a_person(compose: bool) -> None:
    mount = {"type": "bind", "bound": True, "source": "/etc", "real_source": "/etc", "destination": f"/y{EVIL}"}
    known = needs() if compose else needs(compose=None)
    result = made(known, lambda container: container.update(mounts=[{**mount, "asked": False}]))
    if compose:
        assert "volumes" not in service(result)
        assert "is mounted by the runtime" in by_hand(result, "container-no-sensitive-mounts")[0]
    else:
        (one,) = result["containers"]
        assert "source=/etc" not in one["command"] and "\x1b" not in commands_text(result["containers"])
    asked = made(known, lambda container: container.update(mounts=[mount]))
    assert "in-place-of-host-" in (asked["projects"][0]["content"] if compose else asked["containers"][0]["command"])


def test_what_is_not_known_is_not_taken_for_nothing() -> None:
    gone = {key: value for key, value in needs().items() if key not in ("capabilities", "written", "users")}
    result = made({**gone, "unread": {"written": "the container never ran"}})
    assert "CHOWN" in service(result)["cap_add"] and "read_only" not in service(result)
    assert "the container never ran" in by_hand(result, "container-rootfs-read-only")[0]
    assert by_hand(result, "container-user-not-root")


WRITTEN: list[tuple[list[Json], t.Any, t.Any]] = [
    ([], None, None),
    ([{"path": "/run", "image_content": False}], ["/run"], None),
    ([{"path": "/etc", "image_content": True}], None, ["/etc"]),
    # Not known whether a memory file system would hide something: a volume hides nothing.
    ([{"path": "/opt", "image_content": None}, {"path": "/tmp", "image_content": False}], ["/tmp"], ["/opt"]),
]


@pytest.mark.parametrize(("directories", "tmpfs", "volumes"), WRITTEN)
def test_room_for_what_is_written(directories: list[Json], tmpfs: t.Any, volumes: t.Any) -> None:
    written = {"paths": ["/x"], "more": 0, "directories": directories, "open_files_unread": None}
    keys = service(made(needs(written=written), lambda container: container.update(mounts=[])))
    assert keys["read_only"] is True and keys.get("tmpfs") == tmpfs
    assert [one["target"] for one in keys.get("volumes") or []] == (volumes or [])


def test_who_writes_into_the_root_directory_is_told_so() -> None:
    places = [{"path": "/", "image_content": True}]
    written = {"paths": ["/log"], "more": 0, "directories": places, "open_files_unread": None}
    result = made(needs(written=written))
    assert "read_only" not in service(result) and "(/log)" in by_hand(result, "container-rootfs-read-only")[0]


def test_a_server_that_gave_root_up_runs_as_its_user_from_the_start() -> None:
    users = [{"uid": 999, "gid": 998, "host_uid": 999, "processes": 7}]
    keys = service(made(needs(users=users, capabilities=[])))
    assert keys["user"] == "999:998" and keys["cap_add"] is None
    two = [*users, {"uid": 0, "gid": 0, "host_uid": 0, "processes": 1}]
    assert "user" not in service(made(needs(users=two)))


def test_known_servers_get_a_health_check_and_others_none() -> None:
    def postgres(container: Json) -> None:
        container["processes"] = {"running": [{"pid": 7, "name": "postgres"}], "ssh_servers": [], "unread": {}}

    assert service(made(needs(), postgres))["healthcheck"]["test"] == ["CMD-SHELL", "pg_isready"]
    assert "healthcheck" not in service(made(needs()))


ROOT = {"uid": 0, "gid": 0, "host_uid": 0, "processes": 1}
OTHER = {"uid": 999, "gid": 998, "host_uid": 999, "processes": 1}


@pytest.mark.parametrize(
    ("users", "place"),
    [([ROOT], "/run"), ([OTHER], "/run:uid=999,gid=998"), ([ROOT, OTHER], "/run:mode=1777"), ([], "/run")],
)
def test_who_wrote_may_write_again(users: list[Json], place: str) -> None:
    directories = [{"path": "/run", "image_content": False}]
    written = {"paths": ["/run/x"], "more": 0, "directories": directories, "open_files_unread": None}
    assert service(made(needs(written=written, users=users)))["tmpfs"] == [place]


MIB = 2**20
USES = [
    ({"memory_bytes": 90 * MIB, "memory_peak_bytes": 1000 * MIB, "pids": 3, "pids_peak": 101}, "1504m", 160),
    ({"memory_bytes": 90 * MIB, "memory_peak_bytes": None, "pids": 101}, "192m", 210),
    ({"memory_bytes": 1, "memory_peak_bytes": 2, "pids": 1, "pids_peak": 1}, "64m", 50),
    # Not known: an example, which says so.
    ({}, "512m", 200),
]


@pytest.mark.parametrize(("use", "memory", "pids"), USES)
def test_limits_are_of_what_was_used(use: Json, memory: str, pids: int) -> None:
    result = made(needs(), use=use)
    keys = service(result)
    assert (keys["mem_limit"], keys["memswap_limit"], keys["pids_limit"]) == (memory, memory, pids)
    assert ("an example, since it is not known" in result["projects"][0]["content"]) == (not use)


def test_who_uses_as_much_as_the_host_has_gets_no_limit_of_ours() -> None:
    result = made(needs(), use={"memory_bytes": 1, "memory_peak_bytes": 7 * 2**30, "pids": 3})
    assert "mem_limit" not in service(result) and "at most since its start" in by_hand(result, "memory")[0]


def test_of_several_containers_the_one_that_needs_most_decides() -> None:
    small, large = Outcome(), Outcome()
    small.add("mem_limit", "96m", ["5.11 x"])
    small.add("cpus", 0.5, ["5.12 x"])
    large.add("mem_limit", "1504m", ["5.11 x"])
    large.add("cpus", 1.5, ["5.12 x"])
    for order in ([small, large], [large, small]):
        assert {one.key: one.value for one in together(order).fixes} == {"mem_limit": "1504m", "cpus": 1.5}


def test_every_rule_that_fails_is_served_or_named() -> None:
    result = made(needs())
    (one,) = result["projects"][0]["services"]
    named = {rule for entry in [*one["fixes"], *one["by_hand"]] for rule in entry["rules"]}
    posture = postures.bad()
    document = evaluate(posture, load_benchmark("cis-1.8.0"), policy_with({}), "host")
    name = posture["containers"][0]["name"]
    failing = {
        f"{finding['number']} {finding['rule']}"
        for finding in document["findings"]
        for subject in finding["subjects"]
        if subject["type"] == "container" and subject["name"] == name and subject["verdict"] == "fail"
    }
    assert failing and named == failing


def test_names_of_strangers_stay_words() -> None:
    written = {
        "paths": [f"/{EVIL}"],
        "more": 0,
        "directories": [{"path": f"/v/{EVIL}", "image_content": False}],
        "open_files_unread": EVIL,
    }
    compose = {"project": EVIL, "service": EVIL, "directory": EVIL, "files": [f"/{EVIL}"]}
    result = made(needs(written=written, compose=compose))
    content = result["projects"][0]["content"]
    assert "\x1b" not in content
    document = _Compose(content).get_single_data()
    assert set(document) <= {"services", "volumes"} and list(document["services"]) == [EVIL]
    # Compose reads two dollar signs as one, and one as a variable.
    assert document["services"][EVIL]["tmpfs"] == [f"/v/{EVIL}".replace("$", "$$")]
    assert "\n$(touch" not in content


def test_the_line_of_docker_run_is_words() -> None:
    definition = {**DEFINITION, "command": ["sh", "-c", EVIL], "label_names": [EVIL], "hostname": "front"}
    result = made(needs(compose=None, definition=definition))
    (one,) = result["containers"]
    # By the shell that is meant to read it.
    script = f"docker() {{ printf '%s\\0' \"$@\"; }}\n{one['command']}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    words = done.stdout.split("\0")[:-1]
    assert done.stderr == "" and words[0] == "run" and "--env=TOKEN" in words and "--hostname=front" in words
    assert words[-3:] == ["sh", "-c", EVIL] and f"--label={EVIL}=<value of {EVIL}>" in words
    assert "--privileged" not in words and words.count("--cap-drop=ALL") == 1
    text = commands_text(result["containers"])
    assert "\x1b" not in text and all(
        line.startswith(("#", "docker run", "  ")) or not line for line in text.splitlines()
    )


def test_no_line_where_it_is_not_known_how_the_container_was_made() -> None:
    unknown = {key: value for key, value in needs(compose=None).items() if key != "definition"}
    (one,) = made({**unknown, "unread": {"definition": "the image is gone"}})["containers"]
    assert one["command"] is None and "the image is gone" in one["reason"]


def unit_words(content: str) -> list[str]:
    """The command of the unit as systemd reads it: lines joined, quotes and escapes undone, doubled signs single."""
    (line,) = [one for one in content.replace("\\\n", " ").splitlines() if one.startswith("ExecStart=")]
    words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line.partition("=")[2])
    plain = []
    for within, bare in words:
        text = re.sub(r"\\x([0-9a-f]{2})|\\(.)", lambda m: chr(int(m[1], 16)) if m[1] else m[2], within) or bare
        plain.append(text.replace("%%", "%").replace("$$", "$"))
    return plain


def test_a_container_that_a_unit_runs_gets_that_unit() -> None:
    definition = {**DEFINITION, "command": ["sh", "-c", f"{EVIL} 100% \\"], "label_names": [EVIL]}
    unit = {"name": "web.service", "file": "/etc/systemd/system/web.service", "restart": "on-failure"}
    (one,) = made(needs(compose=None, definition=definition, unit=unit))["containers"]
    content = one["unit"]["content"]
    words = unit_words(content)
    assert words[:2] == ["/usr/bin/docker", "run"] and words[-3:] == ["sh", "-c", f"{EVIL} 100% \\"]
    assert "--env=TOKEN" in words and "--cap-drop=ALL" in words and "--detach" not in words
    assert not any(word.startswith("--restart=") for word in words) and "\nRestart=on-failure\n" in content
    # Variables are named, and their values are in a file that is not ours to write.
    assert one["unit"]["environment_file"] == "/etc/default/web" and "EnvironmentFile=/etc/default/web\n" in content
    assert "\x1b" not in content and "{{ 7193" in content and "\n$(touch" not in content
    text = commands_text([one])
    assert "#   [Service]" in text and "#   ExecStart=/usr/bin/docker run \\" in text


def test_a_container_with_a_terminal_is_left_to_docker() -> None:
    unit = {"name": "web.service", "file": "/etc/systemd/system/web.service", "restart": None}
    definition = {**DEFINITION, "terminal": True, "stdin": True}
    (one,) = made(needs(compose=None, definition=definition, unit=unit))["containers"]
    assert "Type=oneshot\nRemainAfterExit=yes\n" in one["unit"]["content"]
    assert "--detach" in unit_words(one["unit"]["content"])


@pytest.mark.parametrize("unit", [None, {"name": "../x.service"}, {"name": "a b.service"}, {"name": "x.socket"}, {}])
def test_no_unit_where_none_runs_it(unit: Json | None) -> None:
    (one,) = made(needs(compose=None, unit=unit))["containers"]
    assert one["command"] and one["unit"] is None
