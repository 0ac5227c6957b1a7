# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether masking takes time in proportion to the text, however hostile it is: part of ``make bench``.

Prints the processor time of each text twice as long, and ends with status 1 where it grew faster than the text.
"""

from __future__ import annotations

import sys
import time

from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_json, mask_text

_SIZE = 100_000
# Less is lost in the clock's own grain.
_NOTICEABLE_SECONDS = 0.2
_TIMES = 3.0

# A character repeated, or a beginning of a form again and again: each costs time in some search that goes back.
HOSTILE = (
    ("a", "=", ":", "@", "?", "\\", '"', "'", "-", "--", "://", ":@", "=@", "a:", "a=", "a@", "?=", ",a", ",a=", " ")
    + (
        '\\"',
        "eyJ",
        "-eyJ",
        "eyJa.",
        "glpat-",
        "curl ",
        "-u a",
        "-u ",
        "--token ",
        "token=",
        "token: ",
        '"token":"',
        "Bearer ",
    )
    + (
        "basic ",
        "Cookie:",
        "'Cookie:'",
        "password='",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "A\n",
    )
    + (
        "@sha256:",
        "http://",
        "http://a:b@",
        "{",
        "[",
        '{"',
        '["a",',
        '"token":{',
        "hooks.slack.com/services/",
        "…",
        "proxy=",
        "_",
        "aA",
    )
)


def seconds(piece: str, size: int) -> float:
    """The processor time for a text of the piece, repeated; the best of three, since others use the machine as well."""
    text = piece * (size // len(piece)) + "@"
    taken = []
    for _run in range(3):
        began = time.process_time()
        mask_text(text)
        mask_json(text)
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> int:
    faults = 0
    for piece in HOSTILE:
        half, whole = seconds(piece, _SIZE // 2), seconds(piece, _SIZE)
        fast = whole > _NOTICEABLE_SECONDS and whole > _TIMES * half
        faults += fast
        print(
            f"{whole:>7.3f} s, {half:>7.3f} s for half of it{', which grows too fast' if fast else ''}: {piece[:40]!r}"
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
