# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/troubleshooting.md is searched by message, so each message on it is one that the collection or Ansible prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
# Messages and names of other programs.
_OF_OTHERS = {"UNREACHABLE", "Missing sudo password", "docker ps", "docker images", "icc", "2.2", "unknown"}
_LIBRARY = "Failed to import the required Python library"


def quoted() -> list[str]:
    """List the texts in backquotes in the first column of the page's tables."""
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| ")]
    return sorted({text for cell in cells for text in re.findall(r"`([^`]+)`", cell)} - _OF_OTHERS)


def sources() -> str:
    """Return all sources, with strings that go on in the next line joined."""
    files = [path for folder in ("plugins", "roles") for path in sorted((ROOT / folder).rglob("*"))]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in (".py", ".yml")]
    return re.sub(r"\"\s*\n\s*f?\"", "", "\n".join(texts))


@pytest.mark.parametrize("text", quoted())
def test_a_message_on_the_page_exists(text: str) -> None:
    if text.startswith(_LIBRARY):
        assert "missing_required_lib" in sources()
    else:
        assert text in sources(), f"no source prints {text!r}"
