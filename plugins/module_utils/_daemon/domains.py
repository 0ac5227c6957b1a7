# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List values of the right type with which an engine does not start, by key. Pure.

Measured with engine 20.10, which cannot check a file itself. Values that a later version accepts are not in the table.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from urllib.parse import urlsplit

_LOG_LEVELS = ("panic", "fatal", "error", "warn", "warning", "info", "debug", "trace")
_RESERVED_LABELS = ("com.docker.", "io.docker.", "org.dockerproject.")
_DOMAIN = re.compile(r"\.|[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")


def refusal(key: str, value: t.Any) -> str | None:
    """Return why no engine starts with the value of a known key, as the end of a sentence about the key. None if one
    may start.

    ``value`` has the type of the key. For nearly all keys, null and empty values mean that the key is not set.
    """
    judge = DOMAINS.get(key)
    if judge is None or value is None:
        return None
    return judge(value)


def _one_of(*allowed: str) -> t.Callable[[t.Any], str | None]:
    def judge(value: t.Any) -> str | None:
        return None if value == "" or value in allowed else f"must be one of {', '.join(allowed)}"

    return judge


def _at_least(least: int) -> t.Callable[[t.Any], str | None]:
    return lambda value: None if value >= least else f"must be {least} or more"


def _each(reason: str, holds: t.Callable[[str], bool]) -> t.Callable[[t.Any], str | None]:
    def judge(values: t.Any) -> str | None:
        wrong = [position for position, value in enumerate(values) if value is not None and not holds(value)]
        return f"[{wrong[0]}] {reason}" if wrong else None

    return judge


def _log_level(value: t.Any) -> str | None:
    return None if value == "" or value.lower() in _LOG_LEVELS else f"must be one of {', '.join(_LOG_LEVELS)}"


def _labels(values: t.Any) -> str | None:
    known: dict[str, str] = {}
    for position, text in enumerate(one for one in values if one is not None):
        name, equals, value = text.partition("=")
        if not equals:
            return f"[{position}] must be name=value"
        if name.lower().startswith(_RESERVED_LABELS):
            return f"[{position}] has a name that is reserved for Docker"
        if known.setdefault(name, value) != value:
            return f"[{position}] gives a name another value than before"
    return None


def _resources(values: t.Any) -> str | None:
    kinds: dict[str, bool] = {}
    for position, text in enumerate(one for one in values if one is not None):
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            return f"[{position}] must be name=value"
        is_number = re.fullmatch(r"[+-]?\d{1,19}", value) is not None
        if is_number and value.startswith("-"):
            return f"[{position}] must not be negative"
        if kinds.setdefault(name, is_number) != is_number:
            return f"[{position}] mixes numbers and names"
    return None


def _is_domain(text: str) -> bool:
    return _DOMAIN.fullmatch(text.strip(" ")) is not None


def _is_mirror(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = parts.path in ("", "/") and not parts.query and not parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.netloc) and plain


def _runtimes(value: t.Any) -> str | None:
    return '"runc" is the name of the engine\'s own runtime and reserved' if "runc" in value else None


def _pools(values: t.Any) -> str | None:
    for position, pool in enumerate(values):
        fields = {str(key).casefold(): field for key, field in (pool or {}).items()}
        try:
            network = ipaddress.ip_network(str(fields.get("base") or ""), strict=False)
        except ValueError:
            return f"[{position}].base must be a network such as 10.0.0.0/16"
        if not network.prefixlen <= (fields.get("size") or 0) <= network.max_prefixlen:
            return f"[{position}].size must not be smaller than the prefix of its base"
    return None


def _network(value: t.Any) -> str | None:
    try:
        ipaddress.ip_interface(value)
    except ValueError:
        return "must be a network such as 10.0.0.1/16"
    return None if "/" in value else "must be a network such as 10.0.0.1/16"


def _network_or_none(value: t.Any) -> str | None:
    return _network(value) if value else None


def _driver_of_cgroups(values: t.Any) -> str | None:
    for position, text in enumerate(one for one in values if one is not None):
        key, _equals, value = text.partition("=")
        if key.strip().lower() == "native.cgroupdriver" and value.strip() not in ("", "cgroupfs", "systemd", "none"):
            return f"[{position}] names no driver of control groups"
    return None


DOMAINS: dict[str, t.Callable[[t.Any], str | None]] = {
    "bip": _network_or_none,
    "default-address-pools": _pools,
    "default-cgroupns-mode": _one_of("host", "private"),
    "default-ipc-mode": _one_of("private", "shareable"),
    "dns-search": _each("is not a domain", _is_domain),
    "exec-opts": _driver_of_cgroups,
    "fixed-cidr": _network_or_none,
    "labels": _labels,
    "log-format": _one_of("text", "json"),
    "log-level": _log_level,
    "max-concurrent-downloads": _at_least(0),
    "max-concurrent-uploads": _at_least(0),
    # Zero is taken for a value, unlike elsewhere.
    "max-download-attempts": _at_least(1),
    "mtu": _at_least(0),
    "node-generic-resources": _resources,
    "registry-mirrors": _each("must be http:// or https:// and a host, without a path", _is_mirror),
    "runtimes": _runtimes,
}
