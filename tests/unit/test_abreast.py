# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of targets that ran side by side, what failed is told last, with its reasons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.ansible_cores import CORES
from ansible_collections.seawall.docker.tests.tools import abreast

MAKEFILE = """\
.RECIPEPREFIX = >
good:
> @echo all is well
bad:
> @echo 'ERROR: x.py:3:1: no such thing as $(WHAT)'
> @for n in $$(seq 500); do echo "later line $$n"; done
> @false
silent:
> @exit 3
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    monkeypatch.setattr(abreast, "ROOT", tmp_path)
    monkeypatch.setattr(abreast, "PLACE", tmp_path / "said")
    for name in ("MAKE", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES"):
        monkeypatch.delenv(name, raising=False)


def test_what_passes_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    abreast.main(["good"])
    said = capsys.readouterr().out
    assert re.fullmatch(r"== good: passed in \d+ s \(\d+ s of processors\); all is well\n", said)


def test_the_reasons_of_failures_come_last(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        abreast.main(["bad WHAT='a word'", "silent", "good"])
    assert re.fullmatch(r"FAILED: (bad WHAT='a word', silent|silent, bad WHAT='a word')", str(ended.value.code))
    lines = capsys.readouterr().out.splitlines()
    assert "later line 500" in lines and sum(line.startswith("== ") for line in lines) == 3
    tail = lines[-10:]
    assert "ERROR: x.py:3:1: no such thing as a word" in tail and "later line 490" not in tail
    assert any(line.startswith("==== silent: FAILED in ") for line in tail)


def test_lint_has_sanity_tests_of_every_release() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"\bsanity CORE='?([\d.]+)", makefile)
    assert sorted(named) == [core.series for core in CORES]
