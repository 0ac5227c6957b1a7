# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of a host are compared by their components."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.paths import has_other_half, is_under, real_path


@pytest.mark.parametrize(
    ("path", "directory", "under"),
    [
        ("/etc", "/etc", True),
        ("/etc/ssh", "/etc", True),
        ("/etc/", "/etc", True),
        ("//etc", "/etc/", True),
        ("/etc/../root", "/root", True),
        ("/etc/../root", "/etc", False),
        ("/etcetera", "/etc", False),
        ("/", "/etc", False),
        ("/etc", "/", True),
        ("etc", "/", False),
        ("/etc", "etc", False),
        ("", "/", False),
    ],
)
def test_a_path_is_under_a_directory(path: str, directory: str, under: bool) -> None:
    assert is_under(path, directory) is under


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/var/run/docker.sock", "/run/docker.sock"),
        ("/var/run", "/run"),
        ("/var/running", "/var/running"),
        ("/bin/sh", "/usr/bin/sh"),
        ("volume", "volume"),
    ],
)
def test_the_first_link_of_a_path_is_resolved(path: str, real: str) -> None:
    assert real_path(path, {"/var/run": "/run", "/bin": "/usr/bin"}) == real


@pytest.mark.parametrize(
    ("path", "has"),
    [
        ("/c/client.cert", True),
        ("/c/client.key", True),
        ("/c/other.cert", False),
        ("/c/other.key", False),
        # Of another kind, or none: nothing is missing.
        ("/c/ca.crt", True),
        ("/c/key", True),
        ("/c.d/cert", True),
        ("/c/a.b.key", False),
        ("/c/a.x.cert", True),
        ("client.cert", None),
        ("", None),
    ],
)
def test_a_certificate_of_a_client_has_a_key_and_a_key_a_certificate(path: str, has: bool | None) -> None:
    there = ["/c/client.cert", "/c/client.key", "/c/a.key", "/c/a.x.key", "client.key"]
    assert has_other_half(path, there) is has
