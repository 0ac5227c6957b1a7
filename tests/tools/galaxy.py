# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the tarball and has galaxy-importer judge it, as Ansible Galaxy would.

python tests/tools/galaxy.py ENVIRONMENT     a virtual environment with galaxy-importer
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".build" / "galaxy"

# ansible-lint and ansible-test are run by `make style` and `make sanity`, with versions of our own choice.
SETTINGS = """\
[galaxy-importer]
RUN_ANSIBLE_LINT = False
RUN_ANSIBLE_TEST = False
RUN_FLAKE8 = False
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
CHECK_RUNTIME_YAML = True
"""


def main(environment: Path) -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    settings = PLACE / "galaxy-importer.cfg"
    settings.write_text(SETTINGS, encoding="utf-8")
    path = os.pathsep.join([str(environment.resolve() / "bin"), os.environ["PATH"]])
    surroundings = {**os.environ, "PATH": path, "GALAXY_IMPORTER_CONFIG": str(settings)}
    built = subprocess.run(
        ["ansible-galaxy", "collection", "build", "--force", "--output-path", str(PLACE), str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
        env=surroundings,
    )
    found = re.search(r"(\S+\.tar\.gz)", built.stdout)
    if not found:
        sys.exit(f"ansible-galaxy named no tarball:\n{built.stdout}")
    command = [str(environment.resolve() / "bin" / "python"), "-m", "galaxy_importer.main", found[1]]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=surroundings, cwd=PLACE)
    said = (done.stdout + done.stderr).splitlines()
    print("\n".join(said))
    # It succeeds in spite of what it calls an error or a warning.
    if done.returncode != 0 or any(line.startswith(("ERROR", "WARNING")) for line in said):
        sys.exit("galaxy-importer is not content.")
    print(f"galaxy-importer is content with {Path(found[1]).name}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
