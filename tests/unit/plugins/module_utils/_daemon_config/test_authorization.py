# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a plugin counts as there, in a directory that stands for the root of the daemon's files."""

from __future__ import annotations

import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.authorization import (
    Plugins,
    plugin_fault,
    plugins_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

INSTALLED = {
    "docker.io/library/gate:latest": True,
    "5a" * 32: True,
    "docker.io/example/opa:0.8": False,
    "5b" * 32: False,
}


class Silent(Host):
    def __init__(self) -> None:
        super().__init__(lambda *_words, **_options: (1, "", ""))


class Unreadable(Silent):
    def exists(self, path: str) -> bool:
        raise Unread(f"{path} cannot be looked at")


def fault(root: Path, names: t.Any, *arguments: str, host: Host | None = None) -> str:
    settings = {} if names is None else {"authorization-plugins": names}
    flags = parse_flags(list(arguments), (26, 1))
    return plugin_fault(host or Silent(), settings, flags, Plugins(str(root), INSTALLED)) or ""


@pytest.mark.parametrize(
    "path",
    [
        "run/docker/plugins/guard.sock",
        "run/docker/plugins/guard/guard.sock",
        "etc/docker/plugins/guard.spec",
        "etc/docker/plugins/guard/guard.json",
        "usr/lib/docker/plugins/guard.json",
        "usr/lib/docker/plugins/guard/guard.spec",
    ],
)
def test_a_socket_or_a_description_is_a_plugin(tmp_path: Path, path: str) -> None:
    assert fault(tmp_path, ["guard"]).startswith("authorization-plugins: there is no plugin 'guard'")
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).touch()
    assert fault(tmp_path, ["guard"]) == ""
    assert "'other'" in fault(tmp_path, ["guard", "other"])


@pytest.mark.parametrize(
    "path", ["run/docker/plugins/guard.spec", "etc/docker/plugins/guard.sock", "etc/docker/guard.spec"]
)
def test_the_engine_does_not_look_elsewhere(tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).touch()
    assert "there is no plugin" in fault(tmp_path, ["guard"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gate", ""),
        ("gate:latest", ""),
        ("docker.io/library/gate", ""),
        ("gate:2", "there is no plugin 'gate:2'"),
        ("example/opa:0.8", "the plugin 'example/opa:0.8' is disabled"),
        ("example/opa", "there is no plugin"),
        ("5a" * 32, ""),
        ("5a5", ""),
        ("5b", "the plugin '5b' is disabled"),
        ("5", "there is no plugin '5'"),
        ("a5", "there is no plugin 'a5'"),
    ],
)
def test_plugins_of_the_engine_itself(tmp_path: Path, name: str, said: str) -> None:
    reason = fault(tmp_path, [name])
    assert said in reason and bool(reason) is bool(said)


def test_a_disabled_plugin_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "run/docker/plugins/example").mkdir(parents=True)
    (tmp_path / "run/docker/plugins/example/opa:0.8.sock").touch()
    assert "is disabled" in fault(tmp_path, ["example/opa:0.8"])


def test_what_is_not_named_or_not_known_is_no_fault(tmp_path: Path) -> None:
    assert fault(tmp_path, None) == "" and fault(tmp_path, []) == "" and fault(tmp_path, [""]) == ""
    assert fault(tmp_path, ["guard"], host=Unreadable()) == ""
    flags = parse_flags([], None)
    assert plugin_fault(Silent(), {"authorization-plugins": ["guard"]}, flags, None) is None


def test_a_flag_names_plugins_as_well(tmp_path: Path) -> None:
    assert "'guard'" in fault(tmp_path, None, "--authorization-plugin=guard")


def _context(answer: t.Any, owner: int | None = 0) -> t.Any:
    def get(path: str) -> t.Any:
        assert path == "/plugins"
        if isinstance(answer, Unread):
            raise answer
        return answer

    return types.SimpleNamespace(owner=owner, engine=types.SimpleNamespace(get=get))


def _daemon(root: str = "/proc/7/root") -> t.Any:
    return types.SimpleNamespace(process=types.SimpleNamespace(root=root))


def test_the_engine_says_what_it_installed() -> None:
    listed = [
        {"Id": "5a" * 32, "Name": "gate:latest", "Enabled": True},
        {"Id": "5b" * 32, "Name": "example/opa:0.8", "Enabled": False},
        "odd",
    ]
    assert plugins_of(_context(listed), _daemon()) == Plugins("/proc/7/root", INSTALLED)


@pytest.mark.parametrize("answer", [Unread("it does not answer"), {"message": "odd"}, None])
def test_where_the_engine_does_not_say_it_decides(answer: t.Any) -> None:
    assert plugins_of(_context(answer), _daemon()) is None


def test_a_rootless_or_stopped_daemon_decides_itself() -> None:
    assert plugins_of(_context([], owner=1000), _daemon()) is None
    assert plugins_of(_context([], owner=None), _daemon()) is None
    assert plugins_of(_context([]), types.SimpleNamespace(process=None)) is None
