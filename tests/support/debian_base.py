# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small Debian as the base of images, for tests that build some: no registry is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SUITE = "trixie"
_MIRROR = "http://deb.debian.org/debian"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_KEPT = Path(__file__).resolve().parents[2] / ".build" / "debian"
# What this machine trusts: a network may have an authority of its own between pip and PyPI.
_TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
_IN_IMAGE = "/etc/machine.crt"


def archive() -> Path:
    """The root file system without a Python, made once."""
    kept = _KEPT / f"{SUITE}.tar"
    if not kept.exists():
        work = _KEPT / f"{SUITE}.{os.getpid()}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        try:
            root = work / "root"
            options = ["--variant=minbase", f"--keyring={_KEYRING}"]
            _run("debootstrap", *options, SUITE, str(root), _MIRROR)
            shutil.copyfile(_TRUSTED, f"{root}{_IN_IMAGE}")
            _run("tar", "--numeric-owner", "--one-file-system", "-C", str(root), "-cf", str(work / "tar"), ".")
            (work / "tar").rename(kept)
        finally:
            shutil.rmtree(work)
    return kept


def import_into_engine(docker: list[str], image: str) -> None:
    """Have an engine know it by this name. ``docker`` is the command line of its client."""
    changes = ["--change", 'CMD ["bash"]', "--change", f"ENV PIP_CERT={_IN_IMAGE}"]
    _run(*docker, "import", *changes, str(archive()), image)


def _run(*words: str) -> None:
    environment = {**os.environ, "DPKG_FORCE": "unsafe-io", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
