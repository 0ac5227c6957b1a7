# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List options with which an engine does not start because of other options or flags. Pure.

``dockerd --validate`` lets all of them pass. Measured with engines 20.10, 26.1 and 28.5: what is refused here is refused by
each of them, and what one of them accepts is accepted. Drivers that are not in the tables are left to the engine.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import DaemonFile, read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.domains import refusal_before_23
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import (
    BadValue,
    ParsedFlags,
    parse_boolean,
    value_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.value_types import SIZE

Settings = t.Dict[str, t.Any]


class Fault(t.NamedTuple):
    """``key`` is the option that must be changed, and ``reason`` a whole sentence without its full stop."""

    key: str
    reason: str


def read_for_start(content: bytes, version: tuple[int, int] | None, flags: ParsedFlags) -> DaemonFile:
    """Parse daemon.json as a daemon with these flags does when it starts."""
    parsed = read_daemon_json(content, version)
    if parsed.state == "ok":
        for fault in faults(parsed.settings, flags, version):
            parsed.fail(fault.reason, parsed.names.get(fault.key, 1), 1)
            break
    return parsed


def faults(settings: Settings, flags: ParsedFlags, version: tuple[int, int] | None = None) -> list[Fault]:
    """Return what keeps a daemon with these flags from starting with the options of a file."""
    found = []
    if effective("icc", settings, flags, True) is False and effective("iptables", settings, flags, True) is False:
        found.append(Fault("icc", "icc: false needs iptables, and iptables is false"))
    if effective("bip", settings, flags, "") and effective("bridge", settings, flags, ""):
        found.append(Fault("bip", "bip and bridge exclude each other"))
    if version is not None and version < (23, 0):
        for key, value in settings.items():
            reason = refusal_before_23(key, value)
            found += (
                [Fault(key, f"{key}{'' if reason.startswith('[') else ': '}{reason}")] if reason is not None else []
            )
    for key, kind, judge in _JUDGES:
        # What has another type is refused for that.
        if isinstance(settings.get(key), kind):
            reason = judge(settings[key], settings, flags)
            found += [Fault(key, reason)] if reason is not None else []
    return found


def effective(key: str, settings: Settings, flags: ParsedFlags, default: t.Any) -> t.Any:
    """Return the value of an option in the file, else of the flags, else the default."""
    if settings.get(key) is not None:
        return settings[key]
    given = flags.of_key(key)
    try:
        return value_of(given) if given else default
    except BadValue:
        return default


_COMMON = ("env", "env-regex", "labels", "labels-regex")
# What each driver of logs takes, in whatever version of the engine.
_LOG_OPTIONS: dict[str, frozenset[str]] = {
    "awslogs": frozenset(
        "awslogs-create-group awslogs-create-stream awslogs-credentials-endpoint awslogs-datetime-format awslogs-endpoint "
        "awslogs-force-flush-interval-seconds awslogs-format awslogs-group awslogs-max-buffered-events "
        "awslogs-multiline-pattern awslogs-region awslogs-stream tag".split()
    ),
    "fluentd": frozenset(
        "fluentd-address fluentd-async fluentd-async-connect fluentd-async-reconnect-interval fluentd-buffer-limit "
        "fluentd-max-retries fluentd-read-timeout fluentd-request-ack fluentd-retry-wait fluentd-sub-second-precision "
        "fluentd-write-timeout tag".split()
    ).union(_COMMON),
    "gcplogs": frozenset("gcp-log-cmd gcp-meta-id gcp-meta-name gcp-meta-zone gcp-project".split()).union(_COMMON),
    "gelf": frozenset(
        "gelf-address gelf-compression-level gelf-compression-type gelf-tcp-max-reconnect gelf-tcp-reconnect-delay tag".split()
    ).union(_COMMON),
    "journald": frozenset(["tag"]).union(_COMMON),
    "json-file": frozenset("compress max-file max-size tag".split()).union(_COMMON),
    "local": frozenset("compress max-file max-size".split()),
    "splunk": frozenset(
        "splunk-caname splunk-capath splunk-format splunk-gzip splunk-gzip-level splunk-index splunk-index-acknowledgment "
        "splunk-insecureskipverify splunk-source splunk-sourcetype splunk-token splunk-url splunk-verify-connection tag".split()
    ).union(_COMMON),
    "syslog": frozenset(
        "syslog-address syslog-facility syslog-format syslog-tls-ca-cert syslog-tls-cert syslog-tls-key "
        "syslog-tls-skip-verify tag".split()
    ).union(_COMMON),
}
# What the engine reads itself, whatever the driver is.
_LOG_OPTIONS_OF_ALL = frozenset(
    "mode max-buffer-size cache-disabled cache-max-size cache-max-file cache-compress".split()
)
_LOG_VALUES = {
    # Of the facility of syslog, 0 to 23 are names too.
    "syslog-facility": (
        *("", "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
        *(f"local{number}" for number in range(8)),
    ),
    "mode": ("", "blocking", "non-blocking"),
    "syslog-format": ("", "rfc3164", "rfc5424", "rfc5424micro"),
}

_FACILITIES = tuple(str(number) for number in range(24))
_SYSLOG_PROTOCOLS = r"(udp|tcp|tcp\+tls|unix|unixgram)://"


def _log_opts(options: Settings, settings: Settings, flags: ParsedFlags) -> str | None:
    driver = str(effective("log-driver", settings, flags, "json-file"))
    known = _LOG_OPTIONS.get(driver)
    if known is None:
        return None
    texts = {name: str(value or "") for name, value in options.items()}
    for name, value in texts.items():
        if name not in known and name not in _LOG_OPTIONS_OF_ALL:
            return f"log-opts: the log driver {driver} has no option {name!r}"
        allowed = _LOG_VALUES.get(name)
        if allowed is not None and value not in allowed and not (name == "syslog-facility" and value in _FACILITIES):
            return f"log-opts: {name} must be one of {', '.join(filter(None, allowed))}"
    if "max-buffer-size" in texts:
        if texts.get("mode") != "non-blocking":
            return "log-opts: max-buffer-size needs mode: non-blocking"
        if not SIZE.fullmatch(texts["max-buffer-size"]):
            return 'log-opts: max-buffer-size must be a size such as "4m"'
    if texts.get("syslog-address") and not re.match(_SYSLOG_PROTOCOLS, texts["syslog-address"]):
        return "log-opts: syslog-address must begin with udp://, tcp://, tcp+tls://, unix:// or unixgram://"
    if "fluentd-async" in texts and "fluentd-async-connect" in texts:
        return "log-opts: fluentd-async and fluentd-async-connect exclude each other"
    if driver == "gelf" and not texts.get("gelf-address"):
        return "log-opts: the log driver gelf needs gelf-address"
    return None


# The options of drivers of storage. A driver takes none of another.
_STORAGE_OPTIONS: dict[str, frozenset[str]] = {
    "overlay2": frozenset(["overlay2.override_kernel_check", "overlay2.size"]),
    "vfs": frozenset(["size", "vfs.xattrs"]),
}
_STORAGE_BOOLEANS = ("overlay2.override_kernel_check",)


def _storage_opts(options: list[t.Any], settings: Settings, flags: ParsedFlags) -> str | None:
    # Where nothing names the driver, the engine chooses it on its host.
    driver = str(effective("storage-driver", settings, flags, ""))
    known = _STORAGE_OPTIONS.get(driver)
    for position, text in enumerate(str(one or "") for one in options):
        name, equals, value = text.partition("=")
        if not equals:
            return f"storage-opts[{position}] must be name=value"
        name = name.strip().lower()
        if known is not None and name not in known:
            return f"storage-opts[{position}]: the storage driver {driver} has no option {name!r}"
        if name in _STORAGE_BOOLEANS and not _is_boolean(value.strip()):
            return f"storage-opts[{position}]: {name} must be true or false"
    return None


def _is_boolean(text: str) -> bool:
    try:
        parse_boolean(text)
    except BadValue:
        return False
    return True


def _runtime(name: str, settings: Settings, flags: ParsedFlags) -> str | None:
    # A name with a dot or a path is that of a shim, which is not configured.
    if name == "runc" or "." in name or "/" in name:
        return None
    given = flags.of_key("runtimes")
    runtimes = settings.get("runtimes") or {}
    try:
        configured = {*(value_of(given) if given else {}), *(runtimes if isinstance(runtimes, dict) else {})}
    except BadValue:
        return None
    return None if name in configured else f"default-runtime: there is no runtime {name!r} in runtimes"


_JUDGES: tuple[tuple[str, type, t.Callable[[t.Any, Settings, ParsedFlags], str | None]], ...] = (
    ("log-opts", dict, _log_opts),
    ("storage-opts", list, _storage_opts),
    ("default-runtime", str, _runtime),
)
