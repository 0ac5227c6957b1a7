# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List every option of the Docker Engine: key in daemon.json, flag, type, default, and the versions that have it.

From the engine's source at each release from 20.10 to 29.7. An empty ``since`` means 20.10 or older. 20.10 is the
oldest engine that is audited.
"""

from __future__ import annotations

import functools
import re
import typing as t

# Kinds of value in daemon.json. "size" is a string such as "64M"; a number is refused there.
BOOL, INT, STRING, SIZE, IP, LIST, IPS = "bool", "int", "string", "size", "ip", "list", "ips"
STRING_MAP, BOOL_MAP, MAP_MAP, ULIMITS, RUNTIMES, POOLS, BUILDER, OBJECT = (
    "string_map",
    "bool_map",
    "map_map",
    "ulimits",
    "runtimes",
    "pools",
    "builder",
    "object",
)


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN_DEFAULT"


# The default depends on the host, not on the version alone; the collector says what it can.
UNKNOWN_DEFAULT = _Unknown()


class Option(t.NamedTuple):
    """``key`` is the name in daemon.json ("" if there is only a flag), ``flag`` has no dashes ("" if there is only a
    key).

    ``removed`` is the first version without the option. ``apply`` says how a changed file becomes effective.
    """

    key: str
    kind: str
    default: t.Any = ""
    flag: str = ""
    short: str = ""
    since: str = ""
    removed: str = ""
    apply: str = "restart"

    @property
    def is_collection(self) -> bool:
        """Return whether the flag can be repeated to add values."""
        return self.kind in (LIST, IPS, STRING_MAP, BOOL_MAP, MAP_MAP, ULIMITS, RUNTIMES, POOLS)


def _same(key: str, kind: str, default: t.Any = "", **more: str) -> Option:
    return Option(key, kind, default, key, **more)


OPTIONS: tuple[Option, ...] = (
    # The API.
    Option("hosts", LIST, [], "host", "H"),
    _same("tls", BOOL, False),
    _same("tlsverify", BOOL, False),
    _same("tlscacert", STRING),
    _same("tlscert", STRING),
    _same("tlskey", STRING),
    _same("group", STRING, "docker", short="G"),
    Option("authorization-plugins", LIST, [], "authorization-plugin", apply="reload"),
    Option("min-api-version", STRING, UNKNOWN_DEFAULT, since="29.0"),
    _same("api-cors-header", STRING, removed="29.0"),
    _same("metrics-addr", STRING),
    _same("debug", BOOL, False, short="D", apply="reload"),
    _same("network-diagnostic-port", INT, 0, apply="reload"),
    # What containers may do.
    _same("userns-remap", STRING),
    _same("no-new-privileges", BOOL, False),
    _same("seccomp-profile", STRING, "builtin"),
    _same("selinux-enabled", BOOL, False),
    _same("default-cgroupns-mode", STRING, UNKNOWN_DEFAULT, apply="reload"),
    _same("default-ipc-mode", STRING, "private", apply="reload"),
    Option("default-ulimits", ULIMITS, {}, "default-ulimit"),
    _same("default-runtime", STRING, "runc", apply="reload"),
    Option("runtimes", RUNTIMES, {}, "add-runtime", apply="reload"),
    _same("init", BOOL, False),
    _same("init-path", STRING),
    _same("default-shm-size", SIZE, "64MiB", apply="reload"),
    _same("cgroup-parent", STRING),
    Option("exec-opts", LIST, [], "exec-opt"),
    _same("cpu-rt-period", INT, 0),
    _same("cpu-rt-runtime", INT, 0),
    _same("oom-score-adjust", INT, 0, removed="26.0"),
    _same("rootless", BOOL, False),
    Option("cdi-spec-dirs", LIST, UNKNOWN_DEFAULT, "cdi-spec-dir", since="25.0"),
    _same("nri-opts", OBJECT, {}, since="29.2", apply="reload"),
    Option("features", BOOL_MAP, {}, "feature", apply="reload"),
    _same("experimental", BOOL, False),
    Option("builder", BUILDER, {}),
    _same("default-stop-timeout", INT, 10, since="29.7", apply="reload"),
    # The network.
    _same("icc", BOOL, True),
    _same("iptables", BOOL, True),
    _same("ip6tables", BOOL, True),
    _same("ip-forward", BOOL, True),
    _same("ip-forward-no-drop", BOOL, False, since="28.0"),
    _same("ip-masq", BOOL, True),
    _same("ip", IP, "0.0.0.0"),
    _same("userland-proxy", BOOL, True),
    _same("userland-proxy-path", STRING, UNKNOWN_DEFAULT),
    _same("allow-direct-routing", BOOL, False, since="28.2"),
    _same("bridge-accept-fwmark", STRING, since="29.0"),
    _same("firewall-backend", STRING, since="29.0"),
    _same("bip", STRING),
    _same("bip6", STRING, since="28.0"),
    _same("bridge", STRING, short="b"),
    _same("fixed-cidr", STRING),
    _same("fixed-cidr-v6", STRING),
    _same("default-gateway", IP),
    _same("default-gateway-v6", IP),
    Option("default-address-pools", POOLS, [], "default-address-pool"),
    Option("default-network-opts", MAP_MAP, {}, "default-network-opt", since="24.0"),
    _same("ipv6", BOOL, False),
    _same("mtu", INT, 1500),
    _same("network-control-plane-mtu", INT, 1500),
    _same("dns", IPS, []),
    Option("dns-opts", LIST, [], "dns-opt"),
    _same("dns-search", LIST, []),
    # One address until 28.0, then a list of both families; the old key still works.
    Option("host-gateway-ip", IP, "", "host-gateway-ip", removed="28.0"),
    Option("host-gateway-ips", IPS, [], "host-gateway-ip", since="28.0"),
    # Registries.
    Option("insecure-registries", LIST, [], "insecure-registry", apply="reload"),
    Option("registry-mirrors", LIST, [], "registry-mirror", apply="reload"),
    _same("allow-nondistributable-artifacts", LIST, [], removed="28.1"),
    _same("http-proxy", STRING, since="23.0"),
    _same("https-proxy", STRING, since="23.0"),
    _same("no-proxy", STRING, since="23.0"),
    _same("max-concurrent-downloads", INT, 3, apply="reload"),
    _same("max-concurrent-uploads", INT, 5, apply="reload"),
    _same("max-download-attempts", INT, 5, apply="reload"),
    # Storage, logs and the daemon itself.
    _same("data-root", STRING, "/var/lib/docker"),
    _same("graph", STRING, short="g", removed="23.0"),
    _same("exec-root", STRING, "/var/run/docker"),
    _same("pidfile", STRING, "/var/run/docker.pid", short="p"),
    _same("storage-driver", STRING, short="s"),
    Option("storage-opts", LIST, [], "storage-opt"),
    _same("log-driver", STRING, "json-file"),
    Option("log-opts", STRING_MAP, {}, "log-opt"),
    _same("log-level", STRING, "info", short="l"),
    _same("log-format", STRING, "text", since="25.0"),
    _same("raw-logs", BOOL, False),
    _same("live-restore", BOOL, False, apply="reload"),
    _same("shutdown-timeout", INT, 15, apply="reload"),
    Option("labels", LIST, [], "label", apply="reload"),
    Option("node-generic-resources", LIST, [], "node-generic-resource"),
    _same("swarm-default-advertise-addr", STRING),
    _same("cluster-advertise", STRING, removed="23.0"),
    _same("cluster-store", STRING, removed="23.0"),
    Option("cluster-store-opts", STRING_MAP, {}, "cluster-store-opt", removed="23.0"),
    _same("containerd", STRING),
    _same("containerd-namespace", STRING, "moby"),
    # The struct field in daemon.json is spelled otherwise, so that the file cannot set it at all.
    Option("", STRING, "plugins.moby", "containerd-plugins-namespace"),
    _same("cri-containerd", BOOL, False),
    # Flags that are about the program, not the configuration.
    Option("", STRING, "/etc/docker/daemon.json", "config-file"),
    Option("", BOOL, False, "validate", since="23.0"),
    Option("", BOOL, True, "restart", "r"),
    Option("", BOOL, False, "version", "v"),
    Option("", BOOL, False, "help", "h"),
)

# Flags that came later than their key.
_FLAG_SINCE = {"feature": "27.3"}

# Accepted in daemon.json by some versions although nothing reads them: (key, since, removed).
TOLERATED_KEYS = (
    ("deprecated-key-path", "", ""),
    ("allow-nondistributable-artifacts", "28.1", ""),
    ("graph", "23.0", "24.0"),
    ("cluster-store", "23.0", "24.0"),
    ("cluster-advertise", "23.0", "24.0"),
    ("cluster-store-opts", "23.0", "24.0"),
    ("cluster-store-opt", "23.0", "24.0"),
)

# Keys that are still known so that the engine can refuse them with a reason, unless empty: (key, since, removed).
REFUSED_KEYS = (
    ("graph", "23.0", "24.0"),
    ("api-cors-header", "28.0", "29.0"),
)

# Objects that are values. Every other object in the file is dissolved: its keys are checked as if they stood outside.
WHOLE_OBJECTS = (
    ("cluster-store-opts", ""),
    ("log-opts", ""),
    ("runtimes", ""),
    ("default-ulimits", ""),
    ("features", ""),
    ("builder", ""),
    ("default-network-opts", "24.0"),
    ("nri-opts", "29.2"),
)

# The one object whose inner keys the engine really reads.
PROXY_KEYS = ("http-proxy", "https-proxy", "no-proxy")

# Fields of the engine's configuration without a key: as keys they are unknown, but as objects they are looked at.
HIDDEN_FIELDS = (
    "containerd-plugin-namespace",
    "default-init",
    "resolv-conf",
    "swarm-raft-election-tick",
    "swarm-raft-heartbeat-tick",
)

# Boolean flags that are copied before the file is read, so that a boolean in a dissolved object does not reach them.
EARLY_BOOLEANS = ("debug", "tls", "tlsverify", "validate", "restart", "version", "help")


def version_of(text: str | None) -> tuple[int, int] | None:
    """Return ``26.1.5+dfsg1`` as (26, 1), or None if the text is not a version."""
    found = re.match(r"v?(\d+)\.(\d+)", text or "")
    return (int(found.group(1)), int(found.group(2))) if found else None


def known_at(since: str, removed: str, version: tuple[int, int] | None) -> bool:
    """Return whether a span of versions contains the version. An unknown version is in every span."""
    if version is None:
        return True
    first, last = version_of(since), version_of(removed)
    return (first is None or version >= first) and (last is None or version < last)


def options_of(version: tuple[int, int] | None) -> list[Option]:
    """Return the options that the version has in its file or as flags. Without a version, return all that ever existed."""
    return [option for option in OPTIONS if known_at(option.since, option.removed, version)]


# Kept, since a hostile file asks once for each of its keys; nobody changes what is returned.
@functools.lru_cache(maxsize=None)
def options_by_key(version: tuple[int, int] | None) -> t.Mapping[str, Option]:
    found = {option.key: option for option in options_of(version) if option.key}
    # Still read by 28.0 and later, and carried over to host-gateway-ips.
    found.setdefault("host-gateway-ip", next(option for option in OPTIONS if option.key == "host-gateway-ip"))
    return found


@functools.lru_cache(maxsize=None)
def options_by_flag(version: tuple[int, int] | None) -> t.Mapping[str, Option]:
    """Return the options by the long name of their flag. Some flags still exist after their option was removed, to give
    a clear error."""
    return {
        option.flag: option
        for option in options_of(version)
        if option.flag and known_at(_FLAG_SINCE.get(option.flag, ""), "", version)
    }


def is_whole_object(key: str, version: tuple[int, int] | None) -> bool:
    return any(key == name and known_at(since, "", version) for name, since in WHOLE_OBJECTS)


def is_tolerated(key: str, version: tuple[int, int] | None) -> bool:
    return any(key == name and known_at(since, removed, version) for name, since, removed in TOLERATED_KEYS)


def is_refused(key: str, version: tuple[int, int] | None) -> bool:
    """Return whether the engine does not start with the value of a key. For an unknown version it is assumed to start."""
    return version is not None and any(
        key == name and known_at(since, removed, version) for name, since, removed in REFUSED_KEYS
    )


def default_of(option: Option, version: tuple[int, int] | None) -> t.Any:
    """Return the default of the option in that version, or ``UNKNOWN_DEFAULT`` if it depends on an unknown version or
    on the host."""
    changed = {"ip6tables": ((27, 0), False), "seccomp-profile": ((23, 0), "default")}.get(option.key)
    if changed is not None:
        first, before = changed
        if version is None:
            return UNKNOWN_DEFAULT
        return option.default if version >= first else before
    return option.default
