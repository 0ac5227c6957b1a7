# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in docs/examples say nothing that the collection does not have, and each is on a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark, selected
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.waivers import load_waivers

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "docs" / "examples").iterdir())
# Variables of the playbooks, which no role describes.
_OF_PLAYBOOKS = {
    name for path in (ROOT / "playbooks").rglob("*.yml") for name in re.findall(r"\{\{ (\w+)", path.read_text("utf-8"))
}


def _variables() -> set[str]:
    known = set(_OF_PLAYBOOKS)
    for role in ("audit", "remediate"):
        specs = yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text("utf-8"))
        known |= set(specs["argument_specs"]["main"]["options"])
    return known


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_yaml_and_names_what_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    named = set(re.findall(r"\b(?:audit|remediate|userns_remap|userns_migrate|prove)_[a-z_]+", text))
    assert named <= _variables()
    have = {one.stem for folder in ("playbooks", "plugins/modules") for one in (ROOT / folder).iterdir()}
    have |= {one.name for one in (ROOT / "roles").iterdir()}
    used = set(re.findall(r"\bseawall\.docker\.(?!git\b)(\w+)", text))
    assert used <= have


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_shown_on_a_page(path: Path) -> None:
    pages = [page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md")]
    lines = path.read_text("utf-8").splitlines()
    # The page leaves out the four lines of every file's head. It has the text itself, since an include shows nothing on the
    # page of a repository.
    assert lines[3].startswith("# SPDX")
    shown = "```yaml\n" + "\n".join(lines[4:]).strip("\n") + "\n```\n"
    assert sum(shown in page for page in pages) == 1, f"copy {path.name} into its page"
    assert not any("literalinclude" in page for page in pages)


def test_the_rules_that_fail_a_pipeline_and_those_that_are_waived_exist_and_are_judged() -> None:
    benchmark = load_benchmark("cis-1.8.0")
    wanted = yaml.safe_load((ROOT / "docs" / "examples" / "audit.yml").read_text("utf-8"))["audit_fail_on"]
    for name in wanted:
        assert selected(benchmark, [name]), name
    assert load_waivers(benchmark, [str(ROOT / "docs" / "examples" / "waivers.yml")])


@pytest.mark.parametrize(
    "path",
    [ROOT / "README.md", ROOT / "roles/audit/README.md", *sorted((ROOT / "docs").glob("*.md"))],
    ids=lambda path: path.name,
)
def test_no_gate_of_an_example_names_a_rule_that_its_profile_leaves_out(path: Path) -> None:
    benchmark = load_benchmark("cis-1.8.0")
    for block in re.findall(r"^```yaml\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        profile, gate = (re.search(rf"\b{name}: (.+)", block) for name in ("audit_profile", "audit_fail_on"))
        if profile and gate and profile[1] == "level1":
            for name in yaml.safe_load(gate[1]):
                assert selected(benchmark, [name]) & selected(benchmark, ["level1"]), name


@pytest.mark.parametrize("name", ["github.yml", "gitlab.yml"])
def test_a_pipeline_keeps_the_reports_of_an_audit_that_fails(name: str) -> None:
    found = yaml.safe_load((ROOT / "docs" / "examples" / name).read_text("utf-8"))
    default = yaml.safe_load((ROOT / "roles" / "audit" / "defaults" / "main.yml").read_text("utf-8"))
    if name == "github.yml":
        (kept,) = [step for step in found["jobs"]["audit"]["steps"] if "upload-artifact" in step.get("uses", "")]
        assert (kept["if"], kept["with"]["path"]) == ("always()", default["audit_report_directory"])
    else:
        kept = found["audit"]["artifacts"]
        assert (kept["when"], kept["paths"]) == ("always", [default["audit_report_directory"] + "/"])
