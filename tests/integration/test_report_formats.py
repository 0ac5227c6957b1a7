# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats as programs of others read them. Each program is also given a broken file, because a check that cannot fail is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import jsonschema
import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._report import formats, intake
from ansible_collections.seawall.docker.tests.integration.conftest import BIN, run_in
from ansible_collections.seawall.docker.tests.support import findings, npm
from ansible_collections.seawall.docker.tests.support import formats as support

BUILD = npm.BUILD
NPM_PACKAGES = ("@microsoft/jest-sarif@1.0.0-beta.0", "@microsoft/sarif-multitool-linux@5.7.0", "inspecjs@2.12.6")
# What Heimdall shows of each control.
READ_HDF = """
const inspecjs = require("inspecjs");
const read = inspecjs.convertFile(require("fs").readFileSync(0, "utf8"));
const shown = {};
for (const profile of inspecjs.contextualizeEvaluation(read["1_0_ExecJson"]).contains)
  for (const control of profile.contains) shown[control.data.id] = control.hdf.status;
console.log(JSON.stringify(shown));
"""


def ran(*words: str, given: str | None = None, **options: t.Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, input=given, capture_output=True, text=True, check=False, timeout=300, **options)


@pytest.fixture(name="reports", scope="module")
def _reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats") / "reports"
    support.write(folder, support.fleet_of_all_kinds())
    return folder


@pytest.fixture(name="modules", scope="module")
def _modules() -> Path:
    return npm.modules("npm", NPM_PACKAGES)


@pytest.fixture(name="promtool", scope="module")
def _promtool() -> str:
    """promtool of Debian's package, unpacked and not installed: the package brings a service."""
    found = shutil.which("promtool")
    folder = BUILD / "promtool"
    unpacked = folder / "usr" / "bin" / "promtool"
    if found is None and not unpacked.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if ran("apt-get", "download", "prometheus", cwd=folder).returncode != 0:
            ran("apt-get", "update")
            done = ran("apt-get", "download", "prometheus", cwd=folder)
            assert done.returncode == 0, f"promtool is missing, and so is Debian's package prometheus: {done.stderr}"
        (package,) = folder.glob("prometheus_*.deb")
        done = ran("dpkg", "-x", str(package), str(folder))
        assert done.returncode == 0, done.stderr
    return found or str(unpacked)


# SARIF


def broken_sarif(good: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """The same file with one fault each."""
    broken = {name: json.loads(json.dumps(good)) for name in ("no message", "no such kind", "more than is allowed")}
    first = {name: document["runs"][0]["results"][0] for name, document in broken.items()}
    del first["no message"]["message"]
    first["no such kind"]["kind"] = "waived"
    first["more than is allowed"]["owner"] = "ops"
    return broken


def test_sarif_is_what_its_schema_wants(reports: Path, modules: Path) -> None:
    (schema_file,) = (modules / "@microsoft" / "jest-sarif").rglob("sarif-2.1.0*.json")
    schema = json.loads(schema_file.read_text("utf-8"))
    judge = jsonschema.validators.validator_for(schema)(schema)
    good = json.loads((reports / "audit.sarif").read_text("utf-8"))
    assert [error.message for error in judge.iter_errors(good)] == []
    for name, document in broken_sarif(good).items():
        assert not judge.is_valid(document), name


def test_sarif_passes_the_rules_of_the_multitool(modules: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    support.write(reports, [support.every_status(), support.hostile(), findings.lost("gone")], "sarif")
    tool = modules / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    tool.chmod(0o755)

    def complaints(document: dict[str, t.Any]) -> list[str]:
        """What the tool calls an error. Its exit status is 0 all the same, and one wrong kind silences it."""
        file = tmp_path / "audit.sarif"
        file.write_text(json.dumps(document), encoding="utf-8")
        environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
        done = ran(str(tool), "validate", str(file), "--rule-kind", "Sarif;Gh", env=environment)
        said = done.stdout + done.stderr
        assert "Analysis completed" in said, said
        return [line for line in said.splitlines() if ": error " in line]

    good = json.loads((reports / "audit.sarif").read_text("utf-8"))
    assert complaints(good) == []
    # Where the form is wrong, the tool looks at nothing else.
    malformed, unsuited = json.loads(json.dumps(good)), json.loads(json.dumps(good))
    del malformed["runs"][0]["results"][0]["message"]
    malformed["runs"][0]["results"][1]["owner"] = "ops"
    said = "\n".join(complaints(malformed))
    assert ": error JSON1002" in said and ": error JSON1005" in said, said
    unsuited["runs"][0]["results"][0]["ruleIndex"] = 100_000
    del unsuited["runs"][0]["results"][1]["locations"]
    said = "\n".join(complaints(unsuited))
    assert ": error SARIF1009" in said and ": error GH1015" in said, said


# HDF


def heimdall(modules: Path, document: str) -> subprocess.CompletedProcess[str]:
    return ran("node", "-e", READ_HDF, given=document, env={**os.environ, "NODE_PATH": str(modules)})


def test_hdf_is_shown_by_heimdall_with_the_statuses_that_were_meant(reports: Path, modules: Path) -> None:
    shown = heimdall(modules, (reports / "hdf" / "web1.json").read_text("utf-8"))
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout) == {
        "rule-5-1": "Passed",
        "rule-5-2": "Failed",
        "rule-5-3": "Not Reviewed",
        "rule-5-4": "Not Applicable",
        "rule-5-5": "Not Applicable",
        "rule-5-6": "Profile Error",
        "rule-5-9": "Failed",
        "rule-5-10": "Profile Error",
    }
    for host in ("gone", "broken", "silent"):
        shown = heimdall(modules, (reports / "hdf" / f"{host}.json").read_text("utf-8"))
        assert json.loads(shown.stdout) == {"host-audited": "Profile Error"}


def test_hdf_of_hostile_hosts_is_read(reports: Path, modules: Path) -> None:
    for path in sorted((reports / "hdf").glob("*~*.json"))[:3]:
        shown = heimdall(modules, path.read_text("utf-8"))
        assert shown.returncode == 0 and len(json.loads(shown.stdout)) == len(intake.STATUSES), path.name


@pytest.mark.parametrize("lost", ["platform", "sha256"])
def test_hdf_that_is_broken_is_refused(reports: Path, modules: Path, lost: str) -> None:
    document = json.loads((reports / "hdf" / "web1.json").read_text("utf-8"))
    del (document if lost in document else document["profiles"][0])[lost]
    assert heimdall(modules, json.dumps(document)).returncode != 0


# Prometheus


def test_prometheus_metrics_are_what_promtool_takes(reports: Path, promtool: str) -> None:
    good = (reports / "seawall_docker.prom").read_text("utf-8")
    done = ran(promtool, "check", "metrics", given=good)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    broken = good.replace('outcome="audited"', "outcome=audited", 1)
    assert broken != good and ran(promtool, "check", "metrics", given=broken).returncode != 0


# VEX

READ_VEX = """
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
import vexipy
given = sys.stdin.read()
if sys.argv[1] == "cyclonedx":
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(given)
    sys.exit(str(fault)[:300] if fault else 0)
print(len(vexipy.Document.from_json(given).statements))
"""
VEX_PACKAGES = ("cyclonedx-python-lib[json-validation]==11.12.0", "vexipy==0.3.0")


@pytest.fixture(name="vex_readers", scope="module")
def _vex_readers() -> Path:
    """Libraries apart from ours, since they want other versions of pydantic than ours do. They are kept between runs."""
    folder = BUILD / "vex"
    installed = folder / "installed.json"
    if not installed.exists() or json.loads(installed.read_text("utf-8")) != list(VEX_PACKAGES):
        shutil.rmtree(folder, ignore_errors=True)
        done = ran(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), *VEX_PACKAGES)
        assert done.returncode == 0, done.stderr
        installed.write_text(json.dumps(VEX_PACKAGES), encoding="utf-8")
    return folder


def vex(readers: Path, kind: str, document: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(readers)}
    return ran(sys.executable, "-W", "ignore", "-c", READ_VEX, kind, given=document, env=environment)


def test_openvex_is_read_by_a_library_of_others(reports: Path, vex_readers: Path) -> None:
    good = (reports / "openvex.json").read_text("utf-8")
    read = vex(vex_readers, "openvex", good)
    assert read.returncode == 0, read.stderr
    assert int(read.stdout) == len(json.loads(good)["statements"]) > 100
    for old, new in (
        ('"status": "affected"', '"status": "potentially_vulnerable"'),
        ('"action_statement"', '"action"'),
    ):
        assert old in good and vex(vex_readers, "openvex", good.replace(old, new, 1)).returncode != 0, old


def test_cyclonedx_is_what_its_schema_wants(reports: Path, vex_readers: Path) -> None:
    good = (reports / "vex.cdx.json").read_text("utf-8")
    read = vex(vex_readers, "cyclonedx", good)
    assert read.returncode == 0, read.stderr
    for old, new in (('"state": "in_triage"', '"state": "unknown"'), ('"type": "device"', '"type": "host"')):
        assert old in good and vex(vex_readers, "cyclonedx", good.replace(old, new, 1)).returncode != 0, old


# The role


def test_the_role_writes_the_formats_that_are_asked_for(tmp_path: Path) -> None:
    wanted = ["json", *formats.NAMES]
    here = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    more = ["-e", "audit_posture_file=embedded", "-e", json.dumps({"audit_report_formats": wanted})]
    done = run_in(tmp_path, [str(BIN / "ansible-playbook"), *here, "seawall.docker.audit", *more])
    assert done.returncode == 0, done.stdout + done.stderr
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert names == {
        "hosts",
        "audit.json",
        *(formats._one_file(name)[0] for name in formats._ONE_FILE),
        *formats._HOST_FILES,
    }
    (run,) = json.loads((tmp_path / "reports" / "audit.sarif").read_text("utf-8"))["runs"]
    assert len(run["results"]) > 20 and {one["kind"] for one in run["results"]} >= {"fail", "review"}


def test_a_library_that_is_missing_fails_the_play_after_all_else_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "path" / "prometheus_client").mkdir(parents=True)
    # Python finds the package of this name first, and it cannot be imported.
    (tmp_path / "path" / "prometheus_client" / "__init__.py").write_text(
        "raise ImportError('not here')\n", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path / 'path'}:{os.environ.get('PYTHONPATH', '')}")
    here = ["-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    more = ["-e", "audit_posture_file=embedded", "-e", '{"audit_report_formats": ["json", "csv", "prometheus"]}']
    done = run_in(tmp_path, [str(BIN / "ansible-playbook"), *here, "seawall.docker.audit", *more])
    assert done.returncode == 2 and "pip install prometheus-client" in done.stdout
    names = {path.name for path in (tmp_path / "reports").iterdir()}
    assert names == {"hosts", "audit.json", "findings.csv"}
