# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When certificates below certs.d expire: of several in a file the first one, and unknown where one cannot be read."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import collect as files
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import places

# Both made by openssl. A certificate of version 1, which has no field for its version.
OLD = """-----BEGIN CERTIFICATE-----
MIIBFzCBvQIUDWkIO0+dqVtuN8jRUiCoKPPPqdswCgYIKoZIzj0EAwIwDjEMMAoG
A1UEAwwDb2xkMB4XDTIwMDEwMTAwMDAwMFoXDTIxMDEwMTAwMDAwMFowDjEMMAoG
A1UEAwwDb2xkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnr9cc/8i+jMyAjt5
lNUMcCw05097t4ZO+4OlwLeUemGmL89ZsenLjQcFSDtRndfv0ZlDwbm773Tn0G7N
fFq2lTAKBggqhkjOPQQDAgNJADBGAiEA6vixBO+NekGmE4IYwZo1QH+R+vNNHhBU
JXDmKJ+hB0cCIQCY7oSHBssfEK1LUp1ciaSI+uBMDpKk3VGNjE6dP2no3w==
-----END CERTIFICATE-----"""
# Its last day is written with four digits of the year.
LATE = """-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUeADYpBruOL+AqS79pK/obZoFcz0wCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEbGF0ZTAgFw0yNjExMjYxNjAyMzVaGA8yMDgxMDgyOTE2MDIz
NVowDzENMAsGA1UEAwwEbGF0ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ6/
XHP/IvozMgI7eZTVDHAsNOdPe7eGTvuDpcC3lHphpi/PWbHpy40HBUg7UZ3X79GZ
Q8G5u+9059BuzXxatpWjUzBRMB0GA1UdDgQWBBTlbbFfRdt7cLFo2CGLpPlQ1nR4
TzAfBgNVHSMEGDAWgBTlbbFfRdt7cLFo2CGLpPlQ1nR4TzAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQDb7xdTAPk8/A/U70y5WM4noiMNfvdI8+Dj
vmCDB5iS7gIgXOlh+/4BILxDlZ/JBEUa2ilejOmiN4+LcOw2Txo6UPI=
-----END CERTIFICATE-----"""
CUT = LATE.replace("MIIBdTCC", "MIIBdTCD")


@pytest.mark.parametrize(
    ("name", "content", "expires"),
    [
        ("ca.crt", OLD, "2021-01-01T00:00:00Z"),
        ("client.cert", LATE, "2081-08-29T16:02:35Z"),
        ("ca.crt", LATE + "\n# the former one\n" + OLD, "2021-01-01T00:00:00Z"),
        ("ca.crt", LATE.replace("\n", "\r\n"), "2081-08-29T16:02:35Z"),
        ("ca.crt", OLD + "\n" + CUT, None),
        ("ca.crt", "", None),
        ("ca.crt", LATE.replace("CERTIFICATE", "PRIVATE KEY"), None),
        ("ca.crt", " " * (1024 * 1024 + 1), None),
    ],
)
def test_the_one_that_expires_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, expires: str | None
) -> None:
    (entry,) = entries(tmp_path, monkeypatch, name, content)
    assert entry.get("expires_at") == expires
    assert ("expires_at" in entry["unread"]) is (expires is None)


@pytest.mark.parametrize("name", ["client.key", "readme", "ca.pem"])
def test_what_the_engine_reads_as_no_certificate_has_no_last_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (entry,) = entries(tmp_path, monkeypatch, name, OLD)
    assert "expires_at" not in entry and entry["unread"] == {}


def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str) -> list[dict[str, t.Any]]:
    registry = tmp_path / "certs.d" / "reg.example.org"
    registry.mkdir(parents=True)
    (registry / name).write_bytes(content.encode())
    monkeypatch.setattr(places, "config_directory", lambda _context: str(tmp_path))
    host = Host(lambda *_arguments, **_options: (1, "", ""))
    context = Context(host, Location("running", "unix:///nowhere", "option", True, None, None, None, None, ""), None)
    return [one for one in files.certificates(context) if one["role"] == "registry_certificate"]
