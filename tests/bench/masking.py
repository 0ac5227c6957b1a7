# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether masking takes time in proportion to the text, however hostile it is: a fault is a text for which it grows faster."""

from __future__ import annotations

import time

from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_json, mask_text
from ansible_collections.seawall.docker.tests.bench.page import Results, Table

SIZES = ""
RUNS = 3
PLACES = ("masking",)

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
    """The processor time for a text of the piece, repeated."""
    text = piece * (size // len(piece)) + "@"
    began = time.process_time()
    mask_text(text)
    mask_json(text)
    return time.process_time() - began


def growth(piece: str, runs: int) -> tuple[float, float]:
    """The seconds of a text and of half of it: the best of the runs where it seems to grow too fast, since others use the machine."""
    whole, half = seconds(piece, _SIZE), seconds(piece, _SIZE // 2)
    for _run in range(runs - 1):
        if not too_fast(whole, half):
            break
        whole, half = min(whole, seconds(piece, _SIZE)), min(half, seconds(piece, _SIZE // 2))
    return whole, half


def too_fast(whole: float, half: float) -> bool:
    return whole > _NOTICEABLE_SECONDS and whole > _TIMES * half


def measure(_sizes: str, runs: int) -> Results:
    taken = {piece: growth(piece, runs) for piece in HOSTILE}
    faults = [
        f"masking {piece[:40]!r}: {whole:.3f} s, {half:.3f} s for half of it, which grows too fast"
        for piece, (whole, half) in taken.items()
        if too_fast(whole, half)
    ]
    worst = max(taken, key=lambda piece: taken[piece])
    whole, half = taken[worst]
    row = [f"{len(HOSTILE)}", f"{_SIZE // 1000} kB", f"{whole:.3f} s of a processor", f"{half:.3f} s"]
    return Results([Table("masking", ["hostile texts", "of", "the slowest", "half of it"], [row])], faults=faults)
