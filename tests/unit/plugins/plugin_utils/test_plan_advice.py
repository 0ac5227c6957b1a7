# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Advice: exact lines for a container, an image, a network and the host, and names that attack whoever uses them."""

from __future__ import annotations

import json
import shlex
import subprocess
import typing as t

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import mount_option, quoted
from ansible_collections.seawall.docker.tests.support.plans import Json, planned
from ansible_collections.seawall.docker.tests.support.postures import posture_in

HOSTILE = [
    "web; rm -rf /",
    "$(touch /tmp/pwned)",
    "`id`",
    "it's",
    'say "hi"',
    "new\nline",
    "tab\there",
    "\x1b[2J\x1b[31mred",
    "back\\slash",
    "\u202eevil",
    "\u3164",
    "\ud800",
    "-rm",
    "",
    "ümläut",
    "%s$'x'",
]


def container(**facts: t.Any) -> Json:
    """The good host whose container has these facts otherwise."""
    posture = posture_in()
    posture["containers"][0].update(facts)
    return posture


def namespace(**modes: str) -> Json:
    posture = posture_in()
    posture["containers"][0]["namespaces"].update(modes)
    return posture


def security(**options: t.Any) -> Json:
    posture = posture_in()
    posture["containers"][0]["security_options"].update(options)
    return posture


def limit(name: str, declared: t.Any, **info: t.Any) -> Json:
    posture = posture_in()
    entry = posture["cgroup"]["containers"][0]["limits"]
    entry[name] = {"declared": declared, "enforced": None, "limited_by": None, "verdict": "unlimited"}
    posture["daemon"]["info"].update(info)
    return posture


def bind(source: str, real: str | None = None, destination: str = "/x", **more: t.Any) -> Json:
    mount = {
        "type": "bind",
        "bound": True,
        "name": None,
        "driver": None,
        "destination": destination,
        "read_only": False,
    }
    return {**mount, "source": source, "real_source": real or source, "propagation": "rprivate", **more}


def port(host_ip: str, host_port: int | None, inside: int = 80) -> Json:
    return {"container_port": inside, "protocol": "tcp", "host_ip": host_ip, "host_port": host_port}


RUN = "docker run --name web "
UNCONFINED = ("apparmor=unconfined", "seccomp=unconfined", "no-new-privileges=false")
IMAGE = "registry.example.org/web:1"


def both(options: str) -> list[str]:
    """What docker update changes at once, and what keeps it."""
    return [f"docker update {options} web", f"{RUN}{options} … {IMAGE}"]


@pytest.mark.parametrize(
    ("posture", "lines", "compose"),
    [
        pytest.param(
            container(user="", processes={"first_user": {"uid": 0, "host_uid": 0}, "running": [], "ssh_servers": []}),
            [f"{RUN}--user=UID … {IMAGE}"],
            {"user": "UID"},
            id="root",
        ),
        pytest.param(
            container(privileged=True, apparmor_profile="docker-default"),
            [f"{RUN}--cap-drop=ALL --cap-add=NET_BIND_SERVICE … {IMAGE}", "# without --privileged"],
            {"cap_drop": ["ALL"], "cap_add": ["NET_BIND_SERVICE"]},
            id="privileged",
        ),
        pytest.param(
            container(capabilities={"added": ["CHOWN", "SYS_ADMIN"], "dropped": []}),
            [f"{RUN}--cap-drop=ALL --cap-add=CHOWN … {IMAGE}", "# without --cap-add=SYS_ADMIN"],
            {"cap_drop": ["ALL"], "cap_add": ["CHOWN"]},
            id="capabilities",
        ),
        pytest.param(
            container(mounts=[bind("/etc", read_only=True, destination="/host"), bind("/srv/app")]),
            [f"{RUN}… {IMAGE}", "# without --volume=/etc:/host:ro"],
            {},
            id="sensitive mount, and one that is not",
        ),
        pytest.param(
            container(mounts=[bind("/var/run/docker.sock", "/run/docker.sock")]),
            [f"{RUN}… {IMAGE}", "# without --volume=/var/run/docker.sock:/x"],
            {},
            id="socket",
        ),
        pytest.param(
            container(ports=[port("0.0.0.0", 80), port("::", 80)]),
            [f"{RUN}--publish=127.0.0.1:8080:80/tcp … {IMAGE}", "# without --publish=80:80/tcp"],
            {"ports": ["127.0.0.1:8080:80/tcp"]},
            id="one port for both rules and both families",
        ),
        pytest.param(
            container(ports=[port("0.0.0.0", 8080)]),
            [f"{RUN}--publish=127.0.0.1:8080:80/tcp … {IMAGE}", "# without --publish=8080:80/tcp"],
            {"ports": ["127.0.0.1:8080:80/tcp"]},
            id="open port",
        ),
        pytest.param(
            container(ports=[{**port("10.0.0.1", 1000), "last_host_port": 1030}]),
            [f"{RUN}--publish=127.0.0.1:9000:80/tcp … {IMAGE}", "# without --publish=10.0.0.1:1000-1030:80/tcp"],
            {"ports": ["127.0.0.1:9000:80/tcp"]},
            id="a range of ports",
        ),
        pytest.param(
            container(ports=[port("2001:db8::1", 443), port("127.0.0.1", 8443)]),
            [f"{RUN}--publish=127.0.0.1:8444:80/tcp … {IMAGE}", "# without '--publish=[2001:db8::1]:443:80/tcp'"],
            {"ports": ["127.0.0.1:8444:80/tcp"]},
            id="privileged port of an IPv6 address, whose new place is taken",
        ),
        pytest.param(
            namespace(pid="host", ipc="container:x", uts="host"),
            [f"{RUN}… {IMAGE}", "# without --pid=host --uts=host"],
            {},
            id="namespaces",
        ),
        pytest.param(
            namespace(network="host"),
            [f"{RUN}--network=NETWORK … {IMAGE}", "# without --network=host"],
            {},
            id="network of the host",
        ),
        pytest.param(
            container(networks=["bridge"]),
            [f"{RUN}--network=NETWORK … {IMAGE}"],
            {},
            id="default bridge",
        ),
        pytest.param(
            container(devices=[{"host": "/dev/sda", "container": "/dev/sda", "permissions": "rwm"}]),
            [f"{RUN}… {IMAGE}", "# without --device=/dev/sda:/dev/sda:rwm"],
            {},
            id="device",
        ),
        pytest.param(
            container(
                device_requests=[{"driver": "nvidia", "count": -1, "ids": []}], device_cgroup_rules=["c 1:3 rwm"]
            ),
            [f"{RUN}… {IMAGE}", "# without --gpus=all '--device-cgroup-rule=c 1:3 rwm'"],
            {},
            id="requested devices and rules",
        ),
        pytest.param(
            container(ulimits=[{"name": "nofile", "soft": -1, "hard": -1}]),
            [f"{RUN}… {IMAGE}", "# without --ulimit=nofile=-1:-1"],
            {},
            id="ulimits",
        ),
        pytest.param(
            container(restart_policy={"name": "always", "maximum_retries": 0}),
            both("--restart=on-failure:5"),
            {"restart": "on-failure:5"},
            id="restarts",
        ),
        pytest.param(
            container(readonly_rootfs=False),
            [f"{RUN}--read-only --tmpfs=/tmp --tmpfs=/run … {IMAGE}"],
            {"read_only": True, "tmpfs": ["/tmp", "/run"]},
            id="root file system",
        ),
        pytest.param(
            container(health={"configured": False, "status": None}),
            [
                f"{RUN}--health-cmd=COMMAND --health-interval=30s … {IMAGE}",
            ],
            {"healthcheck": {"test": ["CMD-SHELL", "COMMAND"], "interval": "30s"}},
            id="health",
        ),
        pytest.param(
            security(no_new_privileges=False, seccomp="unconfined", apparmor="unconfined"),
            [
                f"{RUN}--security-opt=apparmor=docker-default --security-opt=no-new-privileges=true … {IMAGE}",
                "# without " + " ".join(f"--security-opt={one}" for one in UNCONFINED),
            ],
            {"security_opt": ["apparmor=docker-default", "no-new-privileges=true"]},
            id="security options",
        ),
        pytest.param(
            container(cgroup_parent="/x y"),
            [f"{RUN}… {IMAGE}", "# without '--cgroup-parent=/x y'"],
            {},
            id="control group",
        ),
        pytest.param(
            limit("memory_bytes", None),
            both("--memory=512m --memory-swap=512m"),
            {"mem_limit": "512m", "memswap_limit": "512m"},
            id="memory",
        ),
        pytest.param(
            limit("memory_bytes", None, memory_bytes=256 * 1024**2),
            both("--memory=128m --memory-swap=128m"),
            {"mem_limit": "128m", "memswap_limit": "128m"},
            id="memory of a small host",
        ),
        pytest.param(
            limit("memory_bytes", None, memory_bytes=256 * 1024**2 + 4096),
            both("--memory=128m --memory-swap=128m"),
            {"mem_limit": "128m", "memswap_limit": "128m"},
            id="memory of a host with an odd size",
        ),
        pytest.param(
            limit("memory_bytes", 2**40),
            both("--memory=512m --memory-swap=512m"),
            {"mem_limit": "512m", "memswap_limit": "512m"},
            id="a limit above the host's memory is none",
        ),
        pytest.param(
            limit("memory_bytes", 64 * 1024**2),
            both("--memory=64m --memory-swap=64m"),
            {"mem_limit": "64m", "memswap_limit": "64m"},
            id="a limit that is not enforced",
        ),
        pytest.param(
            limit("memory_bytes", 64 * 1024**2 + 1),
            both("--memory=67108865b --memory-swap=67108865b"),
            {"mem_limit": "67108865b", "memswap_limit": "67108865b"},
            id="a limit in bytes",
        ),
        pytest.param(limit("cpus", None), both("--cpus=1.5"), {"cpus": 1.5}, id="cpus"),
        pytest.param(limit("cpus", None, cpus=1), both("--cpus=0.75"), {"cpus": 0.75}, id="cpus of a small host"),
        pytest.param(limit("cpus", 4, cpus=4), both("--cpus=1.5"), {"cpus": 1.5}, id="all cpus"),
        pytest.param(limit("pids", None), both("--pids-limit=200"), {"pids_limit": 200}, id="processes"),
    ],
)
def test_a_container(posture: Json, lines: list[str], compose: Json) -> None:
    entry = planned(posture).advice("web")
    assert entry["lines"] == lines
    loaded = yaml.safe_load(entry["compose"]) if entry["compose"] else {"services": {"web": {}}}
    assert loaded == {"services": {"web": compose}}
    assert entry["impact"] == ("none" if lines[0].startswith("docker update") else "disruptive")
    assert entry["to_do"] and entry["subject"]["type"] == "container"


def test_numbers_hold_on_the_host_that_they_are_for() -> None:
    """What the advice says passes the rule that asked for it."""
    for name, rule in (("memory_bytes", "container-memory-limited"), ("cpus", "container-cpu-limited")):
        posture = limit(name, None, memory_bytes=300 * 1024**2, cpus=1)
        posture["cgroup"]["containers"][0]["limits"]["cpu_shares"]["declared"] = None
        compose = yaml.safe_load(planned(posture, rules=[rule]).advice("web")["compose"])["services"]["web"]
        value = int(compose["mem_limit"].rstrip("m")) * 1024**2 if name == "memory_bytes" else compose["cpus"]
        posture["cgroup"]["containers"][0]["limits"][name].update(declared=value, enforced=value, verdict="equal")
        assert planned(posture, rules=[rule]).before["findings"][0]["status"] == "pass"


def test_all_that_is_wrong_with_one_container_is_one_entry() -> None:
    posture = posture_in(base="bad")
    made = planned(posture)
    entries = [one for one in made.document["advice"] if one["subject"]["name"] == "web"]
    assert len(entries) == 1
    failed = {
        one["rule"]
        for one in made.before["findings"]
        for subject in one["subjects"]
        if subject["type"] == "container" and subject["name"] == "web" and subject["verdict"] == "fail"
    }
    assert {one["rule"] for one in entries[0]["rules"]} == failed
    pull, update, run, without = entries[0]["lines"]
    assert pull == f"docker pull {IMAGE}"
    assert update.startswith("docker update --memory=") and update.endswith(" web")
    words = shlex.split(run)
    assert len(words) == len(set(words)) and words[:4] == ["docker", "run", "--name", "web"]
    assert "--privileged" in shlex.split(without, comments=False)
    loaded = yaml.safe_load(entries[0]["compose"])
    assert loaded["services"]["web"]["restart"] == "on-failure:5"
    assert "# take out: privileged\n" in entries[0]["compose"]
    assert '# take out: volumes: "/:/host"\n' in entries[0]["compose"]
    assert '# take out: ports: "80:80/tcp"\n' in entries[0]["compose"]


def test_the_policy_decides_what_may_stay() -> None:
    posture = container(
        mounts=[bind("/etc/ssl/certs"), bind("/usr/share/zoneinfo")],
        capabilities={"added": ["NET_ADMIN", "SYS_TIME"], "dropped": []},
        ports=[port("10.0.0.1", 53), port("10.0.0.1", 80)],
        devices=[{"host": one, "container": one, "permissions": "r"} for one in ("/dev/fuse", "/dev/kvm")],
    )
    policy = {
        "allowed_bind_mounts": ["/etc/ssl/*"],
        "allowed_capabilities": ["NET_ADMIN"],
        "allowed_privileged_ports": [53],
        "allowed_devices": ["/dev/fuse"],
    }
    lines = " ".join(planned(posture, policy=policy).advice("web")["lines"])
    assert "/usr/share/zoneinfo" in lines and "/etc/ssl" not in lines
    assert (
        "--cap-add=NET_ADMIN" in lines and "# without" in lines and "--cap-add=SYS_TIME" in lines.split("# without")[1]
    )
    assert ":80:" in lines and ":53:" not in lines
    assert "/dev/kvm" in lines and "/dev/fuse" not in lines


def test_ports_that_nobody_needs_go() -> None:
    posture = container(ports=[port("127.0.0.1", 9000), port("127.0.0.1", 8080, 8080)], publish_all_ports=False)
    entry = planned(posture, policy={"allowed_ports": ["8080/tcp"]}).advice("web")
    assert entry["lines"] == [f"{RUN}… {IMAGE}", "# without --publish=127.0.0.1:9000:80/tcp"]
    everything = planned(container(publish_all_ports=True), policy={"allowed_ports": ["8080/tcp"]}).advice("web")
    assert everything["lines"][1] == "# without --publish-all"


def test_shared_mounts_become_private() -> None:
    posture = container(
        mounts=[bind("/srv/a,b", propagation="rshared"), bind("/srv/c", propagation="shared", read_only=True)]
    )
    add, without = planned(posture).advice("web")["lines"]
    words = shlex.split(add)
    assert '--mount=type=bind,"source=/srv/a,b",target=/x,bind-propagation=rprivate' in words
    assert "--mount=type=bind,source=/srv/c,target=/x,readonly,bind-propagation=rprivate" in words
    assert "bind-propagation=rshared" in without and "bind-propagation=shared" in without


def test_a_task_of_a_service_and_a_newer_image() -> None:
    posture = container(swarm_task=True)
    posture["images"][0]["in_use_by"] = []
    entry = planned(posture, rules=["container-image-current"]).advice("web")
    assert entry["lines"][0] == f"docker pull {IMAGE}" and "docker service update" in entry["to_do"][-1]


def test_a_host_without_apparmor_in_the_engine() -> None:
    posture = posture_in()
    posture["daemon"]["info"]["security_options"]["apparmor"] = False
    entry = planned(posture, rules=["container-apparmor-profile"]).advice("web")
    assert "apparmor_parser" in " ".join(entry["to_do"]) and "apparmor=" not in " ".join(entry["lines"])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_one_word_for_a_shell(name: str) -> None:
    word = quoted(name)
    assert word.isprintable()
    if "\ud800" in name:
        return  # no file and no argument can be called so
    shell = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert shell.stdout.decode("utf-8") == name


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_images_and_paths(name: str) -> None:
    posture = container(image=name, mounts=[bind(f"/etc/{name}")], readonly_rootfs=False)
    posture["images"][0].update(name=name, healthcheck=False)
    made = planned(posture)
    document = json.dumps(made.document["advice"])
    assert document.isascii()
    for entry in made.document["advice"]:
        for line in entry["lines"]:
            assert line.isprintable()
            if "\ud800" not in name and not line.startswith("HEALTHCHECK"):
                checked = subprocess.run(["bash", "-n", "-c", line], capture_output=True, check=False)
                assert checked.returncode == 0, line


@pytest.mark.parametrize("name", [one for one in HOSTILE if one != "\ud800"])
def test_hostile_names_in_compose_files(name: str) -> None:
    entry = planned(container(name=name, readonly_rootfs=False)).document["advice"][0]
    assert list(yaml.safe_load(entry["compose"])["services"]) == [name]


def test_mount_options_are_a_line_of_csv() -> None:
    assert mount_option(type="bind", source='/a "b"', readonly=True) == 'type=bind,"source=/a ""b""",readonly'


def test_an_image_has_one_entry_with_all_its_faults() -> None:
    posture = posture_in()
    posture["images"][0].update(healthcheck=False, add_instructions=[{"layer": 1, "kind": "file"}], name="x y")
    made = planned(posture)
    entry = made.advice("x y")
    assert [one["number"] for one in entry["rules"]] == ["4.6", "4.9"]
    assert entry["lines"][0].startswith("HEALTHCHECK") and entry["lines"][1].startswith("COPY")
    posture["images"][0]["tags"] = ["x y"]
    entry = planned(posture, policy={"allowed_registries": ["other.example.org"]}).advice("x y")
    assert "docker image rm 'x y'" in entry["lines"]


def test_a_network() -> None:
    posture = posture_in("swarm_manager")
    posture["networks"][1].update(encrypted=False, name="a b")
    entry = planned(posture, rules=["overlay-network-encrypted"]).advice("a b")
    assert entry["lines"] == ["docker network create --driver overlay --opt encrypted 'a b'"]


class TestHost:
    def lines(self, posture: Json, rule: str, policy: Json | None = None) -> list[str]:
        (entry,) = planned(posture, policy=policy, rules=[rule]).document["advice"]
        assert entry["subject"]["type"] == "host"
        lines: list[str] = entry["lines"]
        return lines

    def test_a_socket_that_is_open_to_everybody(self) -> None:
        posture = posture_in()
        posture["host"]["api_groups"][0]["mode"] = "0666"
        assert self.lines(posture, "docker-users-trusted") == ["chmod 0660 /run/docker.sock"]

    def test_users_by_name(self) -> None:
        posture = posture_in()
        posture["host"]["api_groups"][0]["members"] = [
            {"name": "root", "uid": 0, "primary": False, "supplementary": True},
            {"name": "deploy", "uid": 1000, "primary": False, "supplementary": True},
            {"name": "bob", "uid": 1001, "primary": False, "supplementary": True},
            {"name": "eve; id", "uid": 1002, "primary": True, "supplementary": False},
        ]
        lines = self.lines(posture, "docker-users-trusted", {"trusted_docker_users": ["deploy"]})
        assert lines[0] == "gpasswd --delete bob docker"
        assert lines[1].startswith("usermod --gid OTHERGROUP 'eve; id'") and len(lines) == 2

    @pytest.mark.parametrize("manager", ["systemd", "sysvinit"])
    def test_the_data_root_of_this_host(self, manager: str) -> None:
        posture = posture_in()
        posture["daemon"]["process"].update(manager=manager, socket_unit="docker.socket")
        posture["host"]["data_root"].update(
            path="/srv/my docker", is_mount_point=False, separate_from_root=False, mount_point="/"
        )
        lines = self.lines(posture, "data-root-separate")
        assert "rsync -aHAXS '/srv/my docker/' /mnt/NEW/" in lines
        stop = "systemctl stop docker.socket docker.service" if manager == "systemd" else "service docker stop"
        assert lines[0] == stop

    @pytest.mark.parametrize(
        ("system", "first"),
        [
            ({"id": "debian", "like": []}, "apt-get update"),
            (
                {"id": "rocky", "like": ["rhel", "centos", "fedora"]},
                "dnf upgrade docker-ce docker-ce-cli containerd.io",
            ),
            ({"id": "alpine", "like": []}, None),
        ],
    )
    def test_the_package_manager_of_this_host(self, system: Json, first: str | None) -> None:
        posture = posture_in()
        posture["daemon"]["versions"]["engine"] = "20.10.1"
        posture["host"]["os"] = system
        assert (self.lines(posture, "engine-version-current") or [None])[0] == first

    def test_other_rules_have_their_own_commands(self) -> None:
        posture = posture_in("swarm_manager")
        posture["swarm"]["autolock"] = False
        assert self.lines(posture, "swarm-autolock") == ["docker swarm update --autolock=true"]
