# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository cannot bring what stands in other files of the controller into the findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.reach import require_inside

SERVICE = "services: {web: {image: 'nginx:${TOKEN}'}}\n"


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "ci.env").write_text("TOKEN=not-for-reports\n", encoding="utf-8")
    (tmp_path / "secrets" / "compose.yml").write_text(SERVICE, encoding="utf-8")
    root = tmp_path / "repository"
    (root / "part").mkdir(parents=True)
    (root / "compose.yml").write_text(SERVICE, encoding="utf-8")
    (root / "part" / "compose.yml").write_text(SERVICE, encoding="utf-8")
    return root


def include(root: Path, text: str, name: str = "compose.yml") -> None:
    (root / name).write_text(f"include: {text}\n{SERVICE}", encoding="utf-8")


def checked(root: Path, *names: str) -> None:
    require_inside([str(root / name) for name in names or ("compose.yml",)], str(root))


def test_a_repository_that_stays_in_itself_is_read(root: Path) -> None:
    (root / ".env").write_text("TOKEN=1\n", encoding="utf-8")
    (root / "part" / ".env").symlink_to("../.env")
    include(root, "[part/compose.yml, {path: [part/compose.yml], env_file: part/.env, project_directory: part}]")
    checked(root)
    # Named by who runs this.
    checked(root, "../secrets/compose.yml")


@pytest.mark.parametrize(
    "text",
    [
        "[../secrets/compose.yml]",
        "[{path: part/compose.yml, env_file: ../secrets/ci.env}]",
        "[{path: part/compose.yml, env_file: [part/x.env, /etc/environment]}]",
        "[{path: part/compose.yml, project_directory: ../secrets}]",
        "['${WHERE}/compose.yml']",
    ],
)
def test_an_include_that_leads_out_is_refused(root: Path, text: str) -> None:
    include(root, text)
    with pytest.raises(BenchmarkError, match="leads out of|by a variable"):
        checked(root)

    # The same in a file that is included, through a link.
    (root / "secrets").symlink_to("../secrets")
    include(root, text.replace("part/", ""), "part/compose.yml")
    include(root, "[part/compose.yml]")
    with pytest.raises(BenchmarkError, match="leads out of|by a variable"):
        checked(root)


@pytest.mark.parametrize("file", ["../secrets/compose.yml", "'${WHERE}/compose.yml'", "part/compose.yml"])
def test_a_service_that_extends_one_outside_is_refused(root: Path, file: str) -> None:
    (root / "compose.yml").write_text(
        f"services: {{web: {{extends: {{file: {file}, service: web}}}}}}\n", encoding="utf-8"
    )
    if file.startswith("part"):
        checked(root)
        (root / "part" / "compose.yml").unlink()
        (root / "part" / "compose.yml").symlink_to(root.parent / "secrets" / "compose.yml")
    with pytest.raises(BenchmarkError, match="leads out of|by a variable"):
        checked(root)


@pytest.mark.parametrize("link", [".env", "part/.env", "compose.yml", "part/compose.yml"])
def test_a_link_that_leads_out_is_refused(root: Path, link: str) -> None:
    include(root, "[part/compose.yml]")
    (root / link).unlink(missing_ok=True)
    target = "compose.yml" if link.endswith("yml") else "ci.env"
    (root / link).symlink_to(root.parent / "secrets" / target)
    with pytest.raises(BenchmarkError, match="leads out of"):
        checked(root)


def test_files_that_include_each_other_come_to_an_end(root: Path) -> None:
    include(root, "[part/compose.yml]")
    include(root, "[../compose.yml]", "part/compose.yml")
    checked(root)
    for number in range(300):
        include(root, f"[c{number + 1}.yml]", f"c{number}.yml")
    with pytest.raises(BenchmarkError, match="more than 200"):
        checked(root, "c0.yml")
