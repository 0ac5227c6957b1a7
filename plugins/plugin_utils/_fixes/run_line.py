# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole line of docker run that makes a container anew with its fixes. Values that may be secret are names to fill in."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import CLEAR, REPLACE, Case, Json, Outcome
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_access import host_ports
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_limits import size_text
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.mounts import was_asked
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import mount_option, quoted

# Keys of a service and options of docker run; a list gives one option for each entry.
_OPTIONS = {
    "user": "user",
    "cap_drop": "cap-drop",
    "cap_add": "cap-add",
    "security_opt": "security-opt",
    "tmpfs": "tmpfs",
    "ports": "publish",
    "network_mode": "network",
    "devices": "device",
    "device_cgroup_rules": "device-cgroup-rule",
    "pid": "pid",
    "ipc": "ipc",
    "uts": "uts",
    "userns_mode": "userns",
    "cgroup_parent": "cgroup-parent",
    "mem_limit": "memory",
    "memswap_limit": "memory-swap",
    "mem_reservation": "memory-reservation",
    "cpus": "cpus",
    "cpu_shares": "cpu-shares",
    "cpuset": "cpuset-cpus",
    "pids_limit": "pids-limit",
    "restart": "restart",
    "hostname": "hostname",
    "working_dir": "workdir",
    "stop_signal": "stop-signal",
    "dns": "dns",
    "extra_hosts": "add-host",
    "group_add": "group-add",
    "volumes_from": "volumes-from",
    "sysctls": "sysctl",
    "shm_size": "shm-size",
    "runtime": "runtime",
    "log_driver": "log-driver",
    "ulimits": "ulimit",
}
_FLAGS = {
    "privileged": "privileged",
    "read_only": "read-only",
    "init": "init",
    "tty": "tty",
    "stdin_open": "interactive",
}
_DEFAULT_SHM = 64 * 1024 * 1024


class RunLine(t.NamedTuple):
    """``fill_in`` names what the reader must put in the place of words in angle brackets, or in the environment. ``words``
    are those after ``docker run --detach``."""

    line: str
    fill_in: list[str]
    words: list[str]


def run_line_of(case: Case, out: Outcome) -> RunLine | None:
    """Return the line, or None if it is not known how the container was made."""
    definition = case.needs.get("definition")
    if not isinstance(definition, dict):
        return None
    spec = _applied(_as_it_is(case, definition), out)
    fill_in: list[str] = []
    words = [f"--name={case.container['name']}"]
    words += [f"--{option}" for key, option in _FLAGS.items() if spec.get(key)]
    for key, option in _OPTIONS.items():
        values = spec[key] if isinstance(spec.get(key), list) else [spec.get(key)]
        words += [f"--{option}={value}" for value in values if value not in (None, "", [])]
    words += [_mount(one) for one in _by_target(spec.get("volumes") or [])]
    words += _health(spec.get("healthcheck"))
    words += _named(definition, fill_in)
    program = [str(one) for one in definition.get("entrypoint") or []]
    words += [f"--entrypoint={program[0]}"] if program else []
    words += [str(definition["image"]), *program[1:], *(str(one) for one in definition.get("command") or [])]
    if definition.get("masked_words"):
        fill_in.append("the words of its command that are masked here, since they may be secret")
    if fact(case.container, "security_options", "seccomp") == "custom":
        fill_in.append("--security-opt=seccomp=FILE with its profile, which the engine does not name")
    if definition.get("own_health_check") and "healthcheck" not in spec:
        fill_in.append("--health-cmd and its options, as it has them now")
    return RunLine(" \\\n  ".join(["docker run --detach", *map(quoted, words)]), fill_in, words)


def _as_it_is(case: Case, definition: Json) -> Json:
    """Return the container as the keys of a service."""
    one = case.container
    modes = one.get("namespaces") or {}
    restart = one.get("restart_policy") or {}
    retries = f":{restart['maximum_retries']}" if restart.get("maximum_retries") else ""
    spec: Json = {
        "privileged": one.get("privileged"),
        "read_only": one.get("readonly_rootfs"),
        "init": one.get("init"),
        "tty": definition.get("terminal"),
        "stdin_open": definition.get("stdin"),
        "user": one.get("user") if definition.get("user") else "",
        "cap_drop": fact(one, "capabilities", "dropped") or [],
        "cap_add": fact(one, "capabilities", "added") or [],
        "security_opt": _security_options(one.get("security_options") or {}),
        "tmpfs": [
            f"{path}:{options}" if options else path for path, options in (definition.get("tmpfs") or {}).items()
        ],
        "ports": list(dict.fromkeys(_published(port) for port in one.get("ports") or [])),
        "network_mode": "" if modes.get("network") in ("default", "bridge") else modes.get("network"),
        "devices": [f"{each['host']}:{each['container']}:{each['permissions']}" for each in one.get("devices") or []],
        "device_cgroup_rules": one.get("device_cgroup_rules") or [],
        "pid": modes.get("pid"),
        "ipc": "" if modes.get("ipc") == "private" else modes.get("ipc"),
        "uts": modes.get("uts"),
        "userns_mode": modes.get("user"),
        "cgroup_parent": one.get("cgroup_parent"),
        "restart": "" if restart.get("name") in (None, "", "no") else f"{restart['name']}{retries}",
        "ulimits": [f"{each['name']}={each['soft']}:{each['hard']}" for each in one.get("ulimits") or []],
        "runtime": "" if one.get("runtime") in ("runc", "") else one.get("runtime"),
        "log_driver": one.get("log_driver"),
        "volumes": [
            _volume(each) for each in one.get("mounts") or [] if each.get("type") != "tmpfs" and was_asked(each)
        ],
        "sysctls": [f"{key}={value}" for key, value in (definition.get("sysctls") or {}).items()],
        "hostname": definition.get("hostname"),
        "working_dir": definition.get("working_directory"),
        "stop_signal": definition.get("stop_signal"),
        **{key: definition.get(key) for key in ("dns", "extra_hosts", "group_add", "volumes_from")},
        **_limits(case.limits),
    }
    shm = definition.get("shm_size_bytes")
    if shm and shm != _DEFAULT_SHM:
        spec["shm_size"] = size_text(int(shm))
    return spec


def _limits(limits: Json) -> Json:
    declared = {name: one.get("declared") for name, one in limits.items() if isinstance(one, dict)}
    sizes = {
        "mem_limit": "memory_bytes",
        "memswap_limit": "memory_swap_bytes",
        "mem_reservation": "memory_reservation_bytes",
    }
    spec: Json = {key: size_text(int(declared[name] or 0)) for key, name in sizes.items() if declared.get(name)}
    names = {"cpus": "cpus", "cpu_shares": "cpu_shares", "cpuset": "cpuset_cpus", "pids_limit": "pids"}
    return {**spec, **{key: declared[name] for key, name in names.items() if declared.get(name)}}


def _security_options(options: Json) -> list[str]:
    words = []
    if options.get("no_new_privileges") is not None:
        words.append(f"no-new-privileges={str(options['no_new_privileges']).lower()}")
    words += [f"apparmor={options['apparmor']}"] if options.get("apparmor") else []
    words += ["seccomp=unconfined"] if options.get("seccomp") == "unconfined" else []
    words += [f"label={one}" for one in options.get("labels") or []]
    return [*words, *(["systempaths=unconfined"] if options.get("system_paths_unconfined") else [])]


def _published(port: Json) -> str:
    address = str(port.get("host_ip") or "")
    address = (
        "" if address in ("0.0.0.0", "::") else f"[{address}]:" if ":" in address else f"{address}:" if address else ""
    )
    return f"{address}{host_ports(port)}:{port.get('container_port')}/{port.get('protocol')}"


def _volume(mount: Json) -> Json:
    kind = "volume" if mount.get("type") == "volume" else "bind"
    source = mount.get("name") if kind == "volume" else mount.get("source")
    entry: Json = {"type": kind, "source": source, "target": mount.get("destination")}
    entry.update({"read_only": True} if mount.get("read_only") else {})
    if kind == "bind" and mount.get("propagation") not in (None, "", "rprivate"):
        entry["bind"] = {"propagation": mount["propagation"]}
    return entry


def _by_target(volumes: list[Json]) -> list[Json]:
    """A later mount takes the place of an earlier one at the same target, as in Compose."""
    return list({str(one["target"]): one for one in volumes}.values())


def _mount(entry: Json) -> str:
    parts = {"type": entry["type"], "source": entry.get("source") or False, "target": entry["target"]}
    propagation = (entry.get("bind") or {}).get("propagation") or False
    return "--mount=" + mount_option(**parts, readonly=bool(entry.get("read_only")), bind_propagation=propagation)


def _health(check: Json | None) -> list[str]:
    if not check:
        return []
    words = [f"--health-cmd={check['test'][-1]}"]
    return words + [f"--health-{key}={check[key]}" for key in ("interval", "timeout", "retries") if key in check]


def _named(definition: Json, fill_in: list[str]) -> list[str]:
    """Variables, labels and options of the log by their names. docker run takes a variable from its own environment."""
    variables = [str(one) for one in definition.get("environment_names") or []]
    labels = [str(one) for one in definition.get("label_names") or []]
    options = [str(one) for one in definition.get("log_option_names") or []]
    fill_in += [f"the variable {one} in the environment of docker" for one in variables]
    fill_in += [f"the value of the label {one}" for one in labels]
    fill_in += [f"the value of the option {one} of its log driver" for one in options]
    aliases = [alias for names in (definition.get("aliases") or {}).values() for alias in names]
    words = [f"--env={one}" for one in variables] + [f"--label={one}=<value of {one}>" for one in labels]
    words += [f"--log-opt={one}=<value of {one}>" for one in options]
    return words + [f"--network-alias={one}" for one in dict.fromkeys(aliases)]


def _applied(spec: Json, out: Outcome) -> Json:
    """Return the keys with the fixes, which go with lists as Compose does it."""
    done = dict(spec)
    for fix in out.fixes:
        if fix.how == CLEAR:
            done[fix.key] = None
        elif fix.how != REPLACE and isinstance(fix.value, list):
            done[fix.key] = [
                *(done.get(fix.key) or []),
                *(one for one in fix.value if one not in (done.get(fix.key) or [])),
            ]
        else:
            done[fix.key] = fix.value
    return done
