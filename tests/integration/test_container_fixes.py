# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real compose projects of five kinds: what fails is put right by an override file, and the services answer as before."""

from __future__ import annotations

import json
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.judge import ARGUMENTS, judge_of
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.auditing import findings_of
from ansible_collections.seawall.docker.plugins.plugin_utils._compose.resolving import Project
from ansible_collections.seawall.docker.tests.support.compose import compose_program
from ansible_collections.seawall.docker.tests.support.examples import Ran, contradictions, playbook, recorded
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged, audit

from .conftest import BIN, run_in

Result = dict[str, t.Any]
SERVE = "mkdir -p {0} && echo {1} > {0}/index.html && exec httpd -f -p 80 -h {0}"
HEALTHY = {"test": ["CMD-SHELL", "ls /bin"], "interval": "1s"}
VARIABLES = json.dumps({"ansible_python_interpreter": sys.executable})
SECRET = "correct-horse-7193"


def service(command: str, **keys: t.Any) -> Result:
    return {"image": IMAGE, "command": ["sh", "-c", command], "init": True, "healthcheck": HEALTHY, **keys}


PROJECTS: dict[str, Result] = {
    "web": {"web": service(SERVE.format("/tmp/www", "web"), ports=["8081:80"], environment={"TOKEN": f"a$${SECRET}"})},
    "db": {"db": service(f"echo kept >> /data/rows; {SERVE.format('/data/www', 'db')}", ports=["127.0.0.1:8082:80"])},
    "socket": {
        "agent": service(
            SERVE.format("/tmp/www", "socket"), ports=["8083:80"], volumes=["/var/run/docker.sock:/run/engine.sock"]
        )
    },
    "privileged": {
        "box": service(
            SERVE.format("/etc/www", "privileged"), ports=["8084:80"], privileged=True, pid="host", uts="host"
        )
    },
    "good": {
        "app": service(
            SERVE.format("/tmp/www", "good"),
            ports=["127.0.0.1:8085:80"],
            read_only=True,
            tmpfs=["/tmp"],
            cap_drop=["ALL"],
            cap_add=["NET_BIND_SERVICE"],
            security_opt=["no-new-privileges=true"],
            mem_limit="64m",
            memswap_limit="64m",
            cpus=0.5,
            pids_limit=50,
        )
    },
}
PROJECTS["db"]["db"]["volumes"] = ["data:/data"]
# Machines that are containers themselves cannot start a privileged one, so nothing is known of its processes.
CREATED = ("privileged",)
PORTS = {"web": 8081, "db": 8082, "socket": 8083, "privileged": 8084, "good": 8085}


class Lab:
    """The five projects on an engine, before and after."""

    def __init__(self, host: IsolatedHost, work: Path) -> None:
        self.host = host
        self.work = work
        self.program = compose_program()
        for name, services in PROJECTS.items():
            document: Result = {"services": services, **({"volumes": {"data": {}}} if name == "db" else {})}
            (work / f"{name}.yml").write_text(yaml.safe_dump(document), encoding="utf-8")

    def compose(self, project: str, *words: str, files: t.Sequence[str] = ()) -> str:
        named = [word for path in (self.work / f"{project}.yml", *files) for word in ("--file", str(path))]
        done = self.host.run(self.program, "--project-name", project, *named, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def up(self, override: t.Callable[[str], t.Sequence[str]] = lambda _project: ()) -> None:
        def start(project: str) -> None:
            files = override(project)
            words = ["create"] if project in CREATED and not files else ["up", "--detach", "--wait"]
            self.compose(project, *words, files=files)

        with ThreadPoolExecutor(len(PROJECTS)) as abreast:
            list(abreast.map(start, PROJECTS))

    def answers(self) -> dict[str, str]:
        """What each service says to a client on the host."""
        return {
            project: self.host.run("busybox", "wget", "-q", "-O", "-", f"http://127.0.0.1:{port}/").stdout.strip()
            for project, port in PORTS.items()
        }


class Story(t.NamedTuple):
    ran: list[Ran]
    fixes: Result
    before: Judged
    after: Judged
    answers_before: dict[str, str]
    answers_after: dict[str, str]
    configs: dict[str, Result]
    lab: Lab


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Story]:
    work = tmp_path_factory.mktemp("fixes")
    with IsolatedHost() as host, pytest.MonkeyPatch.context() as patch:
        host.start()
        lab = Lab(host, work)
        lab.up()
        host.docker("run", "--detach", "--name", "alone", "--env", f"TOKEN={SECRET}", "--label", f"l={SECRET}", *ALONE)
        before, answers_before = audit(host), lab.answers()
        results = recorded(patch, work / "results.jsonl")
        path = playbook("container_fixes", work / "examples.yml", [])
        words = [str(BIN / "ansible-playbook"), "-i", "web1,", "-c", "local", "-e", VARIABLES, str(path)]
        done = run_in(work, host.command("sh", "-c", 'cd "$0" && exec "$@"', str(work), *words))
        assert done.returncode == 0 and "changed=0" in done.stdout, done.stdout + done.stderr
        ran = results()
        fixes, *_others = [one.result for one in ran if one.action == "seawall.docker.container_fixes"]
        overrides = {
            project: [path for path in fixes["files"] if f".{project}" in path or f"-{project}" in path]
            for project in PROJECTS
        }
        configs = {
            project: json.loads(lab.compose(project, "config", "--format", "json", files=overrides[project]))
            for project in PROJECTS
        }
        lab.up(lambda project: overrides[project])
        (alone,) = fixes["containers"]
        line = alone["command"].replace("<value of l>", "x")
        done = host.docker("sh", "-c", f"docker rm -f alone >/dev/null; TOKEN=x; export TOKEN; {line}")
        assert done.returncode == 0, (line, done.stderr)
        yield Story(ran, fixes, before, audit(host), answers_before, lab.answers(), configs, lab)


ALONE = (
    "--network",
    "none",
    "--tmpfs",
    "/tmp",
    "--cap-add",
    "SYS_TIME",
    IMAGE,
    "sh",
    "-c",
    "echo 'it''s' > /tmp/x; sleep 3600",
)


def test_what_is_returned_is_what_is_documented(story: Story) -> None:
    assert not (found := contradictions("container_fixes", story.ran, frozenset())), "\n".join(found)


def rules_of(entries: list[Result]) -> set[tuple[str, str]]:
    return {(rule.split()[0], rule.split()[1]) for entry in entries for rule in entry["rules"]}


def test_services_answer_as_before(story: Story) -> None:
    assert story.answers_after == {name: name for name in PROJECTS}
    assert story.answers_before == {name: "" if name in CREATED else name for name in PROJECTS}


def test_every_rule_that_a_line_serves_passes_afterwards(story: Story) -> None:
    served = 0
    for project in story.fixes["projects"]:
        for each in project["services"]:
            name = f"{project['project']}-{each['service']}-1"
            left = rules_of(each["by_hand"])
            for number, slug in sorted(rules_of(each["fixes"]) - left):
                assert story.before.verdict(number, name) == "fail"
                (after,) = [one for one in story.after.findings[number]["subjects"] if one["name"] == name]
                assert after["verdict"] == "pass", (slug, after["reason"], after["found"])
                served += 1
    assert served > 20, served


def test_what_failed_and_has_no_fix_is_named(story: Story) -> None:
    for project in story.fixes["projects"]:
        for each in project["services"]:
            name = f"{project['project']}-{each['service']}-1"
            named = {number for number, _slug in rules_of(each["fixes"]) | rules_of(each["by_hand"])}
            failing = {number for number in story.before.findings if story.before.verdicts(number).get(name) == "fail"}
            assert failing == named, name


def test_the_rights_that_made_a_container_root_of_the_host_are_gone(story: Story) -> None:
    for number in ("5.5", "5.16", "5.21", "5.22", "5.18"):
        assert story.before.verdict(number, "privileged-box-1") == "fail", number
        assert story.after.verdict(number, "privileged-box-1") == "pass", number
    assert story.before.verdict("5.32", "socket-agent-1") == "fail"
    assert story.after.verdict("5.32", "socket-agent-1") == "pass"


def test_what_was_written_is_what_the_override_gives_room_for(story: Story) -> None:
    web = story.configs["web"]["services"]["web"]
    assert web["read_only"] is True and web["tmpfs"] == ["/tmp"]
    # Of a container that never ran, it is not known.
    assert "read_only" not in story.configs["privileged"]["services"]["box"]
    assert story.lab.host.docker("exec", "db-db-1", "cat", "/data/rows").stdout == "kept\nkept\n"


def test_a_good_project_gets_no_more_than_its_user(story: Story) -> None:
    good = next((one for one in story.fixes["projects"] if one["project"] == "good"), None)
    assert good is None or all(not each["fixes"] for each in good["services"]), good


def test_a_container_without_compose_is_made_anew_by_its_line(story: Story) -> None:
    (alone,) = story.fixes["containers"]
    for number, slug in sorted(rules_of(alone["fixes"]) - rules_of(alone["by_hand"])):
        assert story.before.verdict(number, "alone") == "fail"
        assert story.after.verdict(number, "alone") == "pass", slug
    assert alone["fill_in"] == ["the variable TOKEN in the environment of docker", "the value of the label l"]


def test_the_files_are_judged_before_they_run_as_their_containers_are(story: Story) -> None:
    judge = judge_of({name: one.get("default") for name, one in ARGUMENTS.items()}, "level2")
    compared = 0
    for project in PROJECTS:
        files = [str(story.lab.work / f"{project}.yml")]
        document = findings_of(Project(project, files, [], []), judge, [story.lab.program], str(story.lab.work))
        for finding in document["findings"]:
            (subject,) = finding["subjects"]
            ran = story.before.verdict(finding["number"], f"{project}-{subject['name']}-1")
            assert subject["verdict"] != "unknown" and subject["line"] > 1, subject
            # A file does not say what is only known where it runs, and no more than that differs.
            if subject["verdict"] not in ("not_applicable", "manual"):
                assert subject["verdict"] == ran, (project, finding["rule"], subject["reason"], ran)
                compared += 1
    assert compared > 100, compared


def test_no_secret_is_written(story: Story) -> None:
    text = json.dumps(story.fixes) + "".join(Path(path).read_text("utf-8") for path in story.fixes["files"])
    assert SECRET not in text
    assert {Path(path).stat().st_mode & 0o777 for path in story.fixes["files"]} == {0o600}
