# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the documentation site into .build/docs/html: the pages of docs/ and the reference of every plugin and role.

Any warning fails the build.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ansible_collections.seawall.docker.docs.docsite import rule_pages

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / "docs"
SOURCE = BUILD / "source"
REPOSITORY = "https://github.com/seawall-docker/seawall.docker/blob/main"
# A link of a page to a file that is no page.
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")


def link(found: re.Match[str]) -> str:
    """A link to a page or picture of the site stays; one to another file of the repository leads there."""
    target, anchor = found[1], found[2] or ""
    path = (ROOT / "docs" / target).resolve()
    if path.parent == ROOT / "docs" and path.is_file():
        return found[0]
    if not path.exists() or ROOT not in path.parents:
        sys.exit(f"A page of docs/ links to {target}, which does not exist.")
    return f"]({REPOSITORY}/{path.relative_to(ROOT)}{anchor})"


def link_rules(text: str) -> str:
    """The list of rules, each with a link to its page, and name and question in one column."""
    # The tables below the list name rules, and other things that look like them, in columns of their own.
    text, heading, rest = text.partition("\n## ")
    text = text.replace("| Rule | What it asks |", "| Rule |").replace(
        "|---|---|---|---|---|---|", "|---|---|---|---|---|", 1
    )
    return re.sub(r"\| `([a-z0-9-]+)` \| ([^|]*) \|", r"| [\2](rules/\1.md) `\1` |", text) + heading + rest


def run(program: str, *arguments: str) -> None:
    # antsibull-docs calls programs of Ansible by name.
    programs = Path(sys.executable).parent
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    command = [str(programs / program), *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} failed.")


def main() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    reference = SOURCE / "reference"
    reference.mkdir(parents=True)
    # antsibull-docs refuses a folder that others may write to.
    reference.chmod(0o755)
    for path in sorted((ROOT / "docs").iterdir()):
        if path.suffix == ".md":
            text = _LINK.sub(link, path.read_text("utf-8"))
            (SOURCE / path.name).write_text(link_rules(text) if path.name == "rules.md" else text, encoding="utf-8")
        elif path.suffix == ".png":
            shutil.copy2(path, SOURCE)
    shutil.copytree(ROOT / "docs" / "examples", SOURCE / "examples")
    rule_pages.write(SOURCE / "rules")
    for name in ("conf.py", "index.md", "elsewhere.rst"):
        shutil.copy2(ROOT / "docs" / "docsite" / name, SOURCE)
    (SOURCE / "_static").mkdir()
    shutil.copy2(ROOT / "docs" / "docsite" / "site.css", SOURCE / "_static")
    run(
        "antsibull-docs",
        "collection",
        "--use-current",
        "--squash-hierarchy",
        "--fail-on-error",
        "--dest-dir",
        str(reference),
        "seawall.docker",
    )
    run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", str(SOURCE), str(BUILD / "html"))
    sys.stdout.write(f"The site is in {(BUILD / 'html').relative_to(ROOT)}.\n")


if __name__ == "__main__":
    main()
