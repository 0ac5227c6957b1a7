# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List values of the right type with which an engine does not start, by key. Pure.

Measured with engine 20.10, which cannot check a file itself, and with 26.1 and 28.5, of which ``--validate`` lets many of
them pass. Values that one of them accepts are not in the table. What depends on other options is in ``combinations``.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from functools import partial

_LOG_LEVELS = ("panic", "fatal", "error", "warn", "warning", "info", "debug", "trace")
_RESERVED_LABELS = ("com.docker.", "io.docker.", "org.dockerproject.")
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?::[0-9]+)?")
_PORTS = 65535
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


def _one_of(allowed: tuple[str, ...], value: t.Any) -> str | None:
    return None if value == "" or value in allowed else f"must be one of {', '.join(allowed)}"


def _at_least(least: int, value: t.Any) -> str | None:
    return None if value >= least else f"must be {least} or more"


def _each(reason: str, holds: t.Callable[[str], bool], values: t.Any) -> str | None:
    wrong = [position for position, value in enumerate(values) if value is not None and not holds(value)]
    return f"[{wrong[0]}] {reason}" if wrong else None


def _each_text(reason: str, holds: t.Callable[[str], bool], values: t.Any) -> str | None:
    """Judge as ``_each`` does, for options of which null is an empty text."""
    return _each(reason, holds, [value or "" for value in values])


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
    """Return whether the engine takes the text for a mirror. It parses it as Go does, so the host may be nearly anything."""
    found = re.fullmatch(r"(?i:https?):([^?#]*)\??#?", text)
    if found is None or re.search(r"[\x00-\x1f\x7f]", text):
        return False
    rest = found.group(1)
    host, path = rest[2:].partition("/")[::2] if rest.startswith("//") else ("", rest if rest.startswith("/") else "")
    if re.search(r"[ @]", host) or re.search(r"%(?![0-9A-Fa-f]{2})", path):
        return False
    if host.startswith("["):
        return re.fullmatch(r"\[[^\[\]]*\](:[0-9]*)?", host) is not None
    # A percent sign stands for what is not ASCII alone.
    if re.search(r"%(?![89A-Fa-f][0-9A-Fa-f])", host):
        return False
    return ":" not in host or re.fullmatch(r"[0-9]*", host.rpartition(":")[2]) is not None


def _is_registry(text: str) -> bool:
    """Return whether the engine takes the text for a registry: a network, or a host with a port or none."""
    if text.startswith("-") or text.endswith("-"):
        return False
    text = re.sub(r"^\[([^\[\]]*)\]$", r"\1", text) if ":" in text else text
    bare = re.sub(r"^https?://", "", text, count=1, flags=re.IGNORECASE)
    if _is_cidr(bare):
        return True
    # An address of IPv6 stands alone, or in brackets before its port.
    split = re.fullmatch(r"(?:\[([^\[\]]*)\]|([^:\[\]]*)):([^:]*)", bare)
    host, port = ((split.group(1) or split.group(2) or ""), split.group(3)) if split else (bare, "")
    if not _HOST.fullmatch(bare) and not _is_address(host):
        return False
    return port == "" or (re.fullmatch(r"[+-]?[0-9]{1,18}", port) is not None and 0 <= int(port) <= _PORTS)


def _is_cidr(text: str) -> bool:
    address, slash, prefix = text.partition("/")
    if not slash or re.fullmatch(r"[0-9]{1,3}", prefix) is None or "%" in address:
        return False
    try:
        return int(prefix) <= ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _metrics_address(text: str) -> str | None:
    _host, colon, port = text.rpartition(":")
    if not text:
        return None
    if not colon or (port.isdigit() and int(port[:20]) > _PORTS):
        return "must be an address with a port, such as 127.0.0.1:9323"
    return None


def _between(least: int, most: int, value: t.Any) -> str | None:
    return None if least <= value <= most else f"must be between {least} and {most}"


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


def refusal_before_23(key: str, value: t.Any) -> str | None:
    """Return why no engine before 23.0 starts with a value that later ones accept. None if one may start."""
    if key == "seccomp-profile" and value in ("builtin", "unconfined"):
        return "must be the path of a file before 23.0"
    for position, text in enumerate(str(one) for one in value or []) if isinstance(value, list) else ():
        if key == "registry-mirrors" and re.match(r"(?i)https?:(//[^/?#]*|(?!//))/[^?#]", text):
            return f"[{position}] must not have a path before 23.0"
        if key == "insecure-registries" and re.fullmatch(r"(?i)(https?://)?\[.*\]", text):
            return f"[{position}] must not have brackets without a port before 23.0"
    return None


DOMAINS: dict[str, t.Callable[[t.Any], str | None]] = {
    "bip": _network_or_none,
    "default-address-pools": _pools,
    "default-cgroupns-mode": partial(_one_of, ("host", "private")),
    "default-ipc-mode": partial(_one_of, ("private", "shareable")),
    "dns-search": partial(_each, "is not a domain", _is_domain),
    "exec-opts": _driver_of_cgroups,
    "fixed-cidr": _network_or_none,
    "insecure-registries": partial(_each_text, "is neither a network nor a host with a port or none", _is_registry),
    "labels": _labels,
    "log-format": partial(_one_of, ("text", "json")),
    "log-level": _log_level,
    "max-concurrent-downloads": partial(_at_least, 0),
    "max-concurrent-uploads": partial(_at_least, 0),
    # Zero is taken for a value, unlike elsewhere.
    "max-download-attempts": partial(_at_least, 1),
    "metrics-addr": _metrics_address,
    "mtu": partial(_at_least, 0),
    "node-generic-resources": _resources,
    "oom-score-adjust": partial(_between, -1000, 1000),
    "registry-mirrors": partial(_each_text, "must be http:// or https:// and a host", _is_mirror),
    "runtimes": _runtimes,
}
