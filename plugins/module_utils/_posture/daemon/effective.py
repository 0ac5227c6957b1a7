# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Option values that the API of the running engine shows. They outweigh files and flags."""

from __future__ import annotations

import contextlib
import functools
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import engine_info

# Runtimes that every engine has without any option.
_STOCK_RUNTIMES = re.compile(r"runc|io\.containerd\..*")


def effective_options(context: Context) -> dict[str, t.Any]:
    """Return values by daemon.json key. A key is missing if the API does not show the option."""
    found: dict[str, t.Any] = {}
    try:
        info = context.info()
    except Unread:
        return found
    version = engine_info.engine_version(context)
    for key, field, kind in (
        ("debug", "Debug", bool),
        ("live-restore", "LiveRestoreEnabled", bool),
        ("experimental", "ExperimentalBuild", bool),
        ("log-driver", "LoggingDriver", str),
        ("storage-driver", "Driver", str),
        ("default-runtime", "DefaultRuntime", str),
        ("http-proxy", "HttpProxy", str),
        ("https-proxy", "HttpsProxy", str),
        ("no-proxy", "NoProxy", str),
        ("cdi-spec-dirs", "CDISpecDirs", list),
    ):
        if isinstance(info.get(field), kind):
            found[key] = info[field]
    with contextlib.suppress(Unread):
        found["data-root"] = engine_info.configured_data_root(info)
    if isinstance(info.get("Runtimes"), dict):
        found["runtimes"] = {
            name: {"path": str((entry or {}).get("path") or (entry or {}).get("runtimeType") or "")}
            for name, entry in sorted(info["Runtimes"].items())
            if not _STOCK_RUNTIMES.fullmatch(name) and isinstance(entry or {}, dict)
        }
    _from_lists(info, found)
    _from_security_options(info, version, found)
    _from_default_bridge(context, found)
    _minimum_api(context, found)
    return found


def _minimum_api(context: Context, found: dict[str, t.Any]) -> None:
    try:
        minimum = context.version().get("MinAPIVersion")
    except Unread:
        return
    if isinstance(minimum, str) and minimum:
        found["min-api-version"] = minimum


def _from_lists(info: Document, found: dict[str, t.Any]) -> None:
    readers: tuple[tuple[str, t.Callable[[], list[str]]], ...] = (
        ("insecure-registries", functools.partial(engine_info.insecure_registries, info)),
        ("registry-mirrors", functools.partial(_list, info, "RegistryConfig", "Mirrors")),
        ("authorization-plugins", functools.partial(_list, info, "Plugins", "Authorization")),
        ("labels", functools.partial(_list, {"": info}, "", "Labels")),
    )
    for key, read in readers:
        try:
            found[key] = read()
        except Unread:
            continue


def _list(document: Document, section: str, field: str) -> list[str]:
    part = document.get(section)
    if not isinstance(part, dict) or field not in part or not isinstance(part[field] or [], list):
        raise Unread(f"the engine's answer to /info lacks {field}")
    return [str(item) for item in part[field] or []]


def _from_security_options(info: Document, version: tuple[int, int] | None, found: dict[str, t.Any]) -> None:
    try:
        security = engine_info.security_options(info, version)
    except Unread:
        return
    found["selinux-enabled"] = security["selinux"]
    found["rootless"] = security["rootless"]
    found["default-cgroupns-mode"] = "private" if security["cgroupns"] else "host"
    if security["seccomp"] is not None:
        found["seccomp-profile"] = security["seccomp"]
    if "no_new_privileges" in security:
        found["no-new-privileges"] = security["no_new_privileges"]
    if not security["userns"]:
        # If remapping is on, only the configuration says which user it uses.
        found["userns-remap"] = ""


def _from_default_bridge(context: Context, found: dict[str, t.Any]) -> None:
    try:
        network = engine_info.bridge_network(context)
    except Unread:
        return
    if network is None:
        return
    options = network.get("Options") or {}
    for key, name in (
        ("icc", "com.docker.network.bridge.enable_icc"),
        ("ip-masq", "com.docker.network.bridge.enable_ip_masquerade"),
    ):
        if options.get(name) in ("true", "false"):
            found[key] = options[name] == "true"
    if options.get("com.docker.network.bridge.host_binding_ipv4"):
        found["ip"] = str(options["com.docker.network.bridge.host_binding_ipv4"])
    mtu = str(options.get("com.docker.network.driver.mtu", ""))
    if mtu.isdecimal():
        found["mtu"] = int(mtu)
    if isinstance(network.get("EnableIPv6"), bool):
        found["ipv6"] = network["EnableIPv6"]


def same(key: str, effective: t.Any, configured: t.Any, real_path: t.Callable[[str], str]) -> bool:
    """Return whether the running value is the configured one, however it is spelled."""
    if effective == configured:
        return True
    if key == "storage-driver" and configured == "":
        return True  # the engine chose
    if key == "seccomp-profile":
        return {effective, configured} <= {"", "default", "builtin"}
    if key == "data-root":
        try:
            return real_path(str(effective)) == real_path(str(configured))
        except Unread:
            return False  # spelled differently, and nobody may see that they are one place
    if key in ("http-proxy", "https-proxy", "no-proxy"):
        # Credentials are masked in one of them, and without an option the environment of the daemon decides.
        return configured == "" or _without_user(str(effective)) == _without_user(str(configured))
    if key in ("insecure-registries", "registry-mirrors", "labels", "authorization-plugins", "cdi-spec-dirs"):
        return _spelled(key, effective) == _spelled(key, configured)
    if key == "runtimes":
        return set(effective) == {name.lower() for name in configured} or set(effective) == set(configured)
    return False


def _without_user(address: str) -> str:
    return re.sub(r"^((?:[a-z]+://)?).*@", r"\1", address)


def _spelled(key: str, values: t.Any) -> list[str]:
    texts = [str(value) for value in values]
    if key == "insecure-registries":
        texts = [re.sub(r"^https?://", "", text) for text in texts]
        texts = [text for text in texts if not engine_info.is_loopback(text)]
    if key == "registry-mirrors":
        texts = [text.rstrip("/") for text in texts]
    return sorted(set(texts))
