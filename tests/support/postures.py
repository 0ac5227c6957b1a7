# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Postures as docs/posture.md describes them, for tests of rules: a host as good as one can be, and one as bad.

``SITUATIONS`` change the good one as a whole: a stopped engine, a remote one, a swarm manager. Test cases name them.
"""

from __future__ import annotations

import copy
import typing as t

Posture = dict[str, t.Any]

WEB = "a" * 64
IMAGE = "sha256:" + "1" * 64
DIGEST = "registry.example.org/web@sha256:" + "2" * 64
_DEFAULT = {"kind": "default", "source": None}
_FILE = {"kind": "daemon.json", "source": "/etc/docker/daemon.json"}

_ROLES = {
    "service_unit": ("/lib/systemd/system/docker.service", "file", "0644", "root"),
    "service_dropin": ("/etc/systemd/system/docker.service.d/tls.conf", "file", "0644", "root"),
    "socket_unit": ("/lib/systemd/system/docker.socket", "file", "0644", "root"),
    "config_directory": ("/etc/docker", "directory", "0755", "root"),
    "daemon_json": ("/etc/docker/daemon.json", "file", "0600", "root"),
    "defaults_file": ("/etc/default/docker", "file", "0644", "root"),
    "sysconfig_file": ("/etc/sysconfig/docker", "file", "0644", "root"),
    "tls_ca": ("/etc/docker/tls/ca.pem", "file", "0444", "root"),
    "tls_certificate": ("/etc/docker/tls/cert.pem", "file", "0444", "root"),
    "tls_key": ("/etc/docker/tls/key.pem", "file", "0400", "root"),
    "api_socket": ("/run/docker.sock", "socket", "0660", "docker"),
    "containerd_socket": ("/run/containerd/containerd.sock", "socket", "0660", "root"),
    "registry_directory": ("/etc/docker/certs.d", "directory", "0755", "root"),
    "registry_certificate": ("/etc/docker/certs.d/registry.example.org/ca.crt", "file", "0444", "root"),
}
_CLIENT: Posture = {
    "role": "client_config",
    "path": "/root/.docker/config.json",
    "user": "root",
    "present": True,
    "mode": "0600",
    "credentials": [],
    "credential_store": "pass",
    "credential_helpers": [],
    "unread": {},
}
_TARGETS = (
    "daemon_program",
    "containerd_state",
    "data_root",
    "config_directory",
    "service_unit",
    "containerd_socket",
    "api_socket",
    "socket_unit",
    "defaults_file",
    "daemon_json",
    "containerd_config",
    "sysconfig_file",
    "containerd_program",
    "containerd_shim",
    "containerd_shim_runc_v1",
    "containerd_shim_runc_v2",
    "runc",
)


def good() -> Posture:
    """An engine with remapped users, everything watched and limited, one container that could not be tighter."""
    return {
        "posture_version": 1,
        "engine": {
            "state": "running",
            "reason": None,
            "address": "unix:///var/run/docker.sock",
            "address_origin": "default",
            "local": True,
            "owner": {"uid": 0, "name": "root", "relation": "root"},
        },
        "auditor": {"effective_uid": 0, "subsets": ["daemon", "userns", "cgroup", "containers"]},
        "daemon": _daemon(),
        "userns": _userns(),
        "cgroup": _cgroup(),
        "host": _host(),
        "auditing": _auditing(),
        "files": [*(_file(role, *rest) for role, rest in sorted(_ROLES.items())), {**_CLIENT, "unread": {}}],
        "containers": [_container()],
        "images": [_image()],
        "networks": [_network("front", "bridge", None), _network("data", "overlay", True)],
        "swarm": {"state": "inactive", "manager": False},
        "unread": {},
    }


def bad() -> Posture:
    """As bad as one can be: a legacy engine that is open to the network, and a container that owns the host."""
    posture = good()
    posture["daemon"]["versions"]["engine"] = "18.06.3"
    posture["daemon"]["info"].update(
        driver="aufs",
        data_root="/var/lib/docker",
        logging_driver="json-file",
        live_restore=False,
        debug=True,
        experimental=True,
        insecure_registries=[{"registry": "10.0.0.0/8"}],
        authorization_plugins=[],
    )
    posture["daemon"]["info"]["security_options"].update(seccomp="unconfined", userns=False, no_new_privileges=False)
    posture["daemon"]["seccomp_profile"] = {"name": "unconfined", "kind": "unconfined"}
    posture["daemon"]["default_bridge"]["icc"] = True
    for name, value in {
        "iptables": False,
        "userland-proxy": True,
        "cgroup-parent": "/elsewhere",
        "default-ulimits": {},
        "no-new-privileges": False,
        "icc": True,
    }.items():
        posture["daemon"]["options"][name] = {"value": value, "origin": dict(_FILE)}
    posture["daemon"]["listeners"] = [
        {"address": "tcp://0.0.0.0:2375", "scheme": "tcp", "path": None, "ip": "0.0.0.0", "port": 2375, "origin": _FILE}
    ]
    posture["daemon"]["tls"].update(enabled=False, verify=False)
    posture["userns"]["effective"].update(enabled=False, root_uid=0, root_gid=0)
    posture["userns"]["containers"][0].update(root_is_host_root=True, host_namespace_requested=True, host_root_inside=0)
    posture["host"]["data_root"].update(is_mount_point=False, separate_from_root=False)
    bob = {"name": "bob", "uid": 1001, "primary": True, "supplementary": False, "access_list": False}
    posture["host"]["api_groups"][0]["members"] = [bob]
    for target in posture["auditing"]["targets"].values():
        target.update(watched=False, watched_loaded=False, watched_written=False, by=[])
    for entry in posture["files"]:
        entry.update(uid=1001, gid=1001, owner="bob", group="bob", mode="0777")
    forgotten = [{**_stopped(), "name": f"old{number}", "id": f"{number:064x}"} for number in range(9)]
    posture["containers"] = [_bad_container(), *forgotten]
    posture["cgroup"]["containers"][0]["limits"] = {
        name: {"declared": None, "enforced": None, "limited_by": None, "verdict": "unlimited"}
        for name in posture["cgroup"]["containers"][0]["limits"]
    }
    posture["images"] = [_bad_image(number) for number in range(20)]
    posture["networks"] = [_network("data", "overlay", False)]
    swarm_manager(posture)
    posture["swarm"].update(managers=8, autolock=False, node_certificate_validity_seconds=10**9)
    posture["swarm"]["listeners"] = [{"address": "0.0.0.0", "port": 2377, "wildcard": True}]
    posture["swarm"]["addresses"]["data_path_separate"] = False
    posture["swarm"]["ca"]["issued_at"] = "2010-01-01T00:00:00Z"
    posture["swarm"]["services"][0]["secret_suspects"] = ["DB_PASSWORD"]
    return posture


def _daemon() -> Posture:
    options: dict[str, t.Any] = {
        "icc": False,
        "iptables": True,
        "debug": False,
        "log-level": "info",
        "log-driver": "fluentd",
        "log-opts": {"fluentd-address": "logs.example.org:24224"},
        "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 65536}},
        "cgroup-parent": "",
        "storage-opts": [],
        "no-new-privileges": True,
        "live-restore": True,
        "userland-proxy": False,
        "seccomp-profile": "builtin",
        "experimental": False,
        "insecure-registries": [],
        "metrics-addr": "",
        "network-diagnostic-port": 0,
        "userns-remap": "dockremap",
    }
    return {
        "distribution_package": None,
        "versions": {"engine": "29.7.2", "api": "1.55", "minimum_api": "1.40", "containerd": "2.3.3", "runc": "1.4.3"},
        "process": {
            "pid": 812,
            "source": "systemd",
            "manager": "systemd",
            "unit": "docker.service",
            "user_id": 0,
            "started_at": "2026-11-01T00:00:00Z",
            "kill_mode": "process",
            "stop_kills_shims": False,
            "reload_needed": False,
            "changed_arguments": [],
            "dependent_units": [],
            "limits": {"nofile": {"soft": 1024, "hard": 524288}},
        },
        "options": {name: {"value": value, "origin": dict(_FILE)} for name, value in options.items()},
        "differences": [],
        "listeners": [
            {
                "address": "unix:///run/docker.sock",
                "scheme": "unix",
                "path": "/run/docker.sock",
                "ip": None,
                "port": None,
                "origin": dict(_DEFAULT),
            }
        ],
        "listening_sockets": [{"protocol": "unix", "address": None, "port": None, "path": "/run/docker.sock"}],
        "tls": {"enabled": False, "verify": False, "ca": None, "certificate": None, "key": None},
        "info": {
            "driver": "overlay2",
            "image_store": "graphdriver",
            "data_root": "/var/lib/docker/100000.100000",
            "cgroup_driver": "systemd",
            "cgroup_version": 2,
            "memory_bytes": 8 * 1024**3,
            "cpus": 4,
            "system_time": "2026-06-01T00:00:00Z",
            "logging_driver": "fluentd",
            "live_restore": True,
            "security_options": {
                "apparmor": True,
                "selinux": False,
                "seccomp": "builtin",
                "userns": True,
                "rootless": False,
                "cgroupns": True,
                "no_new_privileges": True,
            },
            "swarm": {"state": "inactive", "manager": False},
            "insecure_registries": [],
            "registry_mirrors": [],
            "authorization_plugins": ["example/authz"],
            "experimental": False,
            "debug": False,
            "operating_system": "Debian GNU/Linux 13",
            "kernel": "6.12.0",
        },
        "seccomp_profile": {"name": "builtin", "kind": "builtin"},
        "default_bridge": {
            "present": True,
            "icc": False,
            "filter": {"drops": True, "by": ["-A FORWARD -i docker0 -o docker0 -j DROP"]},
        },
    }


def _userns() -> Posture:
    ranges = {
        "ranges": [{"line": 1, "owner": "dockremap", "start": 100000, "count": 65536}],
        "size": 65536,
        "host_ids": [],
    }
    return {
        "configured": "dockremap",
        "max_user_namespaces": 63000,
        "own_ids": None,
        "accounts": [{"name": "root", "hindrance": "it is root"}, {"name": "ops", "hindrance": "it can log in"}],
        "effective": {
            "enabled": True,
            "rootless": False,
            "data_root": "/var/lib/docker/100000.100000",
            "root_uid": 100000,
            "root_gid": 100000,
        },
        "subuid": dict(ranges),
        "subgid": dict(ranges),
        "containers": [
            {
                "id": WEB,
                "name": "web",
                "running": True,
                "host_namespace_requested": False,
                "uid_map": [{"inside": 0, "outside": 100000, "count": 65536}],
                "gid_map": [{"inside": 0, "outside": 100000, "count": 65536}],
                "root_is_host_root": False,
                "host_root_inside": None,
                "host_ids": [],
                "maps_host_ids": False,
                "unread": {},
            }
        ],
    }


def _limit(value: t.Any) -> Posture:
    verdict = "unlimited" if value is None else "equal"
    return {"declared": value, "enforced": value, "limited_by": None, "verdict": verdict}


def _cgroup() -> Posture:
    return {
        "version": 2,
        "driver": "systemd",
        "daemon_parent": "",
        "containers": [
            {
                "id": WEB,
                "name": "web",
                "running": True,
                "path": {"unified": f"/system.slice/docker-{WEB}.scope"},
                "limits": {
                    "memory_bytes": _limit(512 * 1024 * 1024),
                    "cpus": _limit(1.5),
                    "cpu_shares": _limit(None),
                    "cpuset_cpus": _limit(None),
                    "pids": _limit(200),
                },
                "unread": {},
            }
        ],
    }


def _host() -> Posture:
    return {
        "os": {"id": "debian", "like": [], "version": "13", "name": "Debian GNU/Linux 13 (trixie)"},
        "kernel": "6.12.0",
        "security_modules": ["lockdown", "capability", "apparmor"],
        "apparmor_enabled": True,
        "selinux": "disabled",
        "pid_max": 4194304,
        "data_root": {
            "path": "/var/lib/docker",
            "real_path": "/var/lib/docker",
            "mount_point": "/var/lib/docker",
            "is_mount_point": True,
            "separate_from_root": True,
            "entries": ["100000.100000"],
            "parents": [{"path": path, "mode": "0755"} for path in ("/var/lib", "/var", "/")],
        },
        "links": {"/bin": "/usr/bin", "/var/run": "/run"},
        "own_addresses": ["172.17.0.1", "192.0.2.10", "2001:db8::10"],
        "own_names": ["host", "host.example.org", "localhost"],
        "api_groups": [
            {
                "socket": "/run/docker.sock",
                "real_socket": "/run/docker.sock",
                "mode": "0660",
                "gid": 990,
                "group": "docker",
                "members": [],
                "members_complete": True,
            }
        ],
    }


def _auditing() -> Posture:
    return {
        "auditd_installed": True,
        "auditctl_installed": True,
        "status": {"enabled": 1, "daemon_pid": 500, "lost": 0},
        "loaded": [],
        "written": {"rules_directory": [_delete_all()], "rules_file": [], "rules_file_generated": True},
        "targets": {
            name: {
                "path": f"/path/of/{name}",
                "real_path": f"/path/of/{name}",
                "present": True,
                "type": "file",
                "watched_loaded": True,
                "watched_written": True,
                "watched": True,
                "by": [{"rule": f"-w /path/of/{name} -p wa", "source": "loaded", "line": 1, "scope": "file"}],
                "insufficient": [],
                "unread": {},
            }
            for name in _TARGETS
        },
    }


def _delete_all() -> Posture:
    source = "/etc/audit/rules.d/audit.rules"
    return {"line": 2, "source": source, "text": "-D", "malformed": None, "kind": "delete_all", "action": None}


def _file(role: str, path: str, kind: str, mode: str, group: str) -> Posture:
    expiry = {"expires_at": "2049-01-01T00:00:00Z"} if role == "registry_certificate" else {}
    return {
        **expiry,
        "role": role,
        "path": path,
        "real_path": path,
        "present": True,
        "type": kind,
        "owner": "root",
        "group": group,
        "uid": 0,
        "gid": 0 if group == "root" else 990,
        "mode": mode,
        "hard_links": 1,
        "access_list": [],
        "open_directories": [],
        "unread": {},
    }


def _container() -> Posture:
    capabilities = ["NET_BIND_SERVICE"]
    return {
        "id": WEB,
        "name": "web",
        "state": "running",
        "running": True,
        "pid": 2000,
        "image": "registry.example.org/web:1",
        "image_id": IMAGE,
        "started_at": "2026-11-02T00:00:00Z",
        "user": "1000:1000",
        "privileged": False,
        "capabilities": {"added": capabilities, "dropped": ["ALL"]},
        "security_options": {
            "no_new_privileges": True,
            "seccomp": "default",
            "apparmor": None,
            "labels": [],
            "system_paths_unconfined": False,
            "writable_cgroups": None,
            "other": [],
        },
        "apparmor_profile": "docker-default",
        "process_label": "",
        "namespaces": {"network": "front", "pid": "", "ipc": "private", "uts": "", "cgroup": "private", "user": ""},
        "joined_namespaces": {"network": "front", "pid": "", "ipc": "private"},
        "left_control_groups": False,
        "started_with": {"user_id": 1000, "no_new_privileges": True, "seccomp": True, "added_devices": []},
        "readonly_rootfs": True,
        "mounts": [
            {
                "asked": True,
                "type": "volume",
                "name": "data",
                "driver": "local",
                "source": "/var/lib/docker/100000.100000/volumes/data/_data",
                "real_source": "/var/lib/docker/100000.100000/volumes/data/_data",
                "destination": "/data",
                "read_only": False,
                "propagation": "",
            }
        ],
        "ports": [{"container_port": 8080, "protocol": "tcp", "host_ip": "127.0.0.1", "host_port": 8080}],
        "default_binding": None,
        "publish_all_ports": False,
        "devices": [],
        "device_requests": [],
        "device_cgroup_rules": [],
        "ulimits": [],
        "restart_policy": {"name": "on-failure", "maximum_retries": 5},
        "restart_count": 0,
        "exit_code": 0,
        "auto_remove": False,
        "log_driver": "fluentd",
        "log_addresses": {"fluentd-address": "logs.example.org:24224"},
        "health": {"configured": True, "status": "healthy"},
        "cgroup_parent": "",
        "runtime": "runc",
        "init": None,
        "networks": ["front"],
        "environment_names": ["PATH"],
        "label_names": [],
        "swarm_task": False,
        "secret_suspects": [],
        "process": {
            "seccomp_mode": 2,
            "no_new_privileges": True,
            "root_read_only": True,
            "capabilities": {"effective": [], "bounding": list(capabilities)},
            "user_id": 101000,
            "shares_host_namespace": dict.fromkeys(("cgroup", "ipc", "mnt", "net", "pid", "user", "uts"), False),
            "security_label": "docker-default (enforce)",
            "unread": {},
        },
        "processes": {
            "running": [{"pid": 2000, "name": "web"}],
            "ssh_servers": [],
            "first_user": {"uid": 1000, "host_uid": 101000},
            "unread": {},
        },
        "unread": {},
    }


def _stopped() -> Posture:
    container = _container()
    container.update(running=False, state="exited", pid=None)
    for key in ("process", "processes", "started_with"):
        container.pop(key)
        container["unread"][key] = "the container does not run"
    return container


def _bad_container() -> Posture:
    container = _container()
    container.update(
        user="",
        privileged=True,
        apparmor_profile="unconfined",
        capabilities={"added": ["ALL"], "dropped": []},
        namespaces={"network": "host", "pid": "host", "ipc": "host", "uts": "host", "cgroup": "host", "user": "host"},
        readonly_rootfs=False,
        publish_all_ports=True,
        ports=[{"container_port": 80, "protocol": "tcp", "host_ip": "0.0.0.0", "host_port": 80}],
        devices=[{"host": "/dev/sda", "container": "/dev/sda", "permissions": "rwm"}],
        ulimits=[{"name": "nofile", "soft": -1, "hard": -1}],
        restart_policy={"name": "always", "maximum_retries": 0},
        health={"configured": False, "status": None},
        cgroup_parent="/elsewhere",
        networks=["bridge"],
    )
    container["security_options"].update(no_new_privileges=False, seccomp="unconfined", apparmor="unconfined")
    container["mounts"] = [
        {
            "type": "bind",
            "name": None,
            "driver": None,
            "source": "/",
            "real_source": "/",
            "destination": "/host",
            "read_only": False,
            "propagation": "rshared",
        }
    ]
    container["process"].update(seccomp_mode=0, no_new_privileges=False, user_id=0, security_label="unconfined")
    container["process"]["shares_host_namespace"] = dict.fromkeys(container["process"]["shares_host_namespace"], True)
    container["processes"].update(ssh_servers=[{"pid": 2001, "name": "sshd", "program": "sshd", "evidence": "name"}])
    container["processes"]["first_user"] = {"uid": 0, "host_uid": 0}
    return container


def _image() -> Posture:
    return {
        "id": IMAGE,
        "name": "registry.example.org/web:1",
        "tags": ["registry.example.org/web:1"],
        "digests": [DIGEST],
        "dangling": False,
        "size_bytes": 5_000_000,
        "in_use_by": ["web"],
        "created_at": "2026-10-30T12:00:00.123456789Z",
        "user": "1000",
        "user_is_root": False,
        "user_reason": "the user is a number",
        "healthcheck": True,
        "layers": 4,
        "undescribed_layers": [],
        "lone_package_update_layers": [],
        "add_instructions": [],
        "secret_suspects": [],
        "unread": {},
    }


def _bad_image(number: int) -> Posture:
    image = _image()
    image.update(
        id=f"sha256:{number:064x}",
        name=f"strange.example.com/old:{number}",
        tags=[f"strange.example.com/old:{number}"] + (["registry.example.org/web:1"] if number == 0 else []),
        digests=[],
        in_use_by=[],
        created_at="2020-01-01T00:00:00Z",
        healthcheck=False,
        lone_package_update_layers=[{"layer": 2, "manager": "apt-get"}],
        add_instructions=[{"layer": 3, "kind": "remote"}],
        secret_suspects=[{"layer": 2, "kind": "environment", "name": "DB_PASSWORD", "pattern": None}],
    )
    return image


def _network(name: str, driver: str, encrypted: bool | None) -> Posture:
    return {
        "id": name * 8,
        "name": name,
        "driver": driver,
        "scope": "swarm" if driver == "overlay" else "local",
        "internal": False,
        "attachable": False,
        "ingress": False,
        "ipv6": False,
        "option_names": ["encrypted"] if encrypted else [],
        "default_bridge": False,
        "encrypted": encrypted,
        "icc": None if driver == "overlay" else True,
        "opens_all_ports": False,
        "on_default_bridge": False,
        "containers": [],
        "unread": {},
    }


def stopped_container(posture: Posture) -> None:
    """The container does not run, so that its process and the kernel's limits are not known."""
    posture["containers"][0] = _stopped()
    for section in ("userns", "cgroup"):
        entry = posture[section]["containers"][0]
        entry["running"] = False
        reason = "the container does not run"
        if section == "cgroup":
            entry.pop("path")
            entry["limits"] = {name: {"declared": limit["declared"]} for name, limit in entry["limits"].items()}
            entry["unread"] = {"limits": reason, "path": reason}
        else:
            for key in ("uid_map", "gid_map", "root_is_host_root", "host_root_inside", "host_ids", "maps_host_ids"):
                entry.pop(key)
                entry["unread"][key] = reason


def remote(posture: Posture) -> None:
    """The engine runs elsewhere: only what its API says is known."""
    reason = "the engine at tcp://10.0.0.5:2376 is remote: its host's files cannot be read from here"
    posture["engine"].update(address="tcp://10.0.0.5:2376", local=False, owner=None)
    for key in ("process", "distribution_package", "listeners", "listening_sockets", "tls"):
        posture["daemon"].pop(key)
        posture["unread"][f"daemon.{key}"] = reason
    shown = ("icc", "debug", "log-driver", "live-restore", "experimental", "insecure-registries", "seccomp-profile")
    for name, option in posture["daemon"]["options"].items():
        if name not in (*shown, "no-new-privileges"):
            option.clear()
            posture["unread"][f"daemon.options.{name}.value"] = reason
    for section in ("auditing", "files"):
        posture.pop(section)
        posture["unread"][section] = reason
    posture["host"] = {}
    for key in (
        "os",
        "kernel",
        "security_modules",
        "apparmor_enabled",
        "selinux",
        "pid_max",
        "data_root",
        "links",
        "api_groups",
        "own_addresses",
        "own_names",
    ):
        posture["unread"][f"host.{key}"] = reason
    running = posture["containers"][0]["running"]
    stopped_container(posture)
    for section in ("containers", "userns", "cgroup"):
        entry = posture[section] if section == "containers" else posture[section]["containers"]
        entry[0]["running"] = running
        entry[0]["unread"] = dict.fromkeys(entry[0]["unread"], reason)


def stopped_engine(posture: Posture) -> None:
    """Nobody answers, so that nothing is known of containers, images and the daemon's state."""
    reason = "Docker is installed but does not run"
    posture["engine"].update(state="stopped", reason=reason)
    for section in ("daemon", "userns", "cgroup", "containers", "images", "networks", "swarm"):
        posture.pop(section)
        posture["unread"][section] = reason


def rootless(posture: Posture) -> None:
    """The daemon runs as an ordinary user."""
    posture["daemon"]["process"].update(user_id=1000, manager="rootless")
    security = posture["daemon"]["info"]["security_options"]
    security.update(rootless=True, userns=False, apparmor=False)
    posture["userns"]["effective"].update(enabled=False, rootless=True, root_uid=1000, root_gid=1000)


def legacy_engine(posture: Posture) -> None:
    """Engine 20.10, which says less of itself."""
    reason = "the engine shows it from version 24.0 on"
    posture["daemon"]["versions"]["engine"] = "20.10.24+dfsg1"
    posture["daemon"]["info"]["security_options"].update(seccomp="default")
    posture["daemon"]["seccomp_profile"] = {"name": "default", "kind": "builtin"}
    posture["daemon"]["info"]["security_options"].pop("no_new_privileges")
    posture["unread"]["daemon.info.security_options.no_new_privileges"] = reason


def swarm_manager(posture: Posture) -> None:
    """A manager that does everything right."""
    posture["daemon"]["info"]["swarm"] = {"state": "active", "manager": True}
    posture["swarm"] = {
        "state": "active",
        "manager": True,
        "node_id": "node1",
        "addresses": {
            "node": "10.0.0.1",
            "listen": "10.0.0.1:2377",
            "advertise": "10.0.0.1:2377",
            "data_path": "10.1.0.1",
            "data_path_separate": True,
        },
        "listeners": [{"address": "10.0.0.1", "port": 2377, "wildcard": False}],
        "node_certificate": {"issued_at": "2026-10-15T00:00:00Z", "expires_at": "2027-01-13T00:00:00Z"},
        "managers": 3,
        "reachable_managers": 3,
        "nodes": 7,
        "autolock": True,
        "node_certificate_validity_seconds": 7776000,
        "ca": {
            "external": 0,
            "rotations": 1,
            "rotation_in_progress": False,
            "issued_at": "2026-01-01T00:00:00Z",
            "expires_at": "2046-01-01T00:00:00Z",
        },
        "secrets": 2,
        "services": [{"id": "s1", "name": "shop", "secrets": 2, "configs": 0, "secret_suspects": []}],
    }


def swarm_worker(posture: Posture) -> None:
    """A worker, which knows its own addresses and certificate and nothing of the swarm."""
    swarm_manager(posture)
    posture["daemon"]["info"]["swarm"]["manager"] = False
    swarm = posture["swarm"]
    swarm["manager"], swarm["listeners"] = False, []
    for key in ("managers", "reachable_managers", "nodes", "autolock", "ca", "secrets", "services"):
        swarm.pop(key)
        posture["unread"][f"swarm.{key}"] = "only a manager knows it (this node is a worker)"
    swarm.pop("node_certificate_validity_seconds")
    posture["unread"]["swarm.node_certificate_validity_seconds"] = "only a manager knows it (this node is a worker)"


SITUATIONS: dict[str, t.Callable[[Posture], None]] = {
    "stopped_container": stopped_container,
    "remote": remote,
    "stopped_engine": stopped_engine,
    "rootless": rootless,
    "legacy_engine": legacy_engine,
    "swarm_manager": swarm_manager,
    "swarm_worker": swarm_worker,
}


def posture_in(*situations: str, base: str = "good") -> Posture:
    """A posture of its own, free to change."""
    posture = copy.deepcopy(good() if base == "good" else bad())
    for situation in situations:
        SITUATIONS[situation](posture)
    return posture
