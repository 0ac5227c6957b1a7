# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the table of functions into docs/writing-rules.md, from the docstring of the class that has them.

PYTHONPATH=TREE python -m ansible_collections.seawall.docker.tests.tools.function_table
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import RuleFunctions
from ansible_collections.seawall.docker.tests.support.markdown import table

PATH = Path(__file__).resolve().parents[2] / "docs" / "writing-rules.md"
_BEGIN, _END = "<!-- functions -->\n", "<!-- /functions -->"


def functions() -> dict[str, str]:
    """What each function is called with, and what it gives."""
    text = " ".join((RuleFunctions.__doc__ or "").split())
    found = re.findall(r"``(\w+\([^`]*\))``: (.*?)(?= ``\w+\([^`]*\)``: |$)", text)
    return {call: meaning.replace("``", "`") for call, meaning in found}


def page() -> str:
    before, _begin, rest = PATH.read_text(encoding="utf-8").partition(_BEGIN)
    _old, _end, after = rest.partition(_END)
    rows = [[f"`{call}`", meaning] for call, meaning in functions().items()]
    return f"{before}{_BEGIN}\n{table(['function', 'what it gives'], rows)}\n{_END}{after}"


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")
