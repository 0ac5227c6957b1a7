# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports in a real browser: Debian's chromium, driven by Playwright, and axe-core, which finds what shuts people out."""

from __future__ import annotations

import contextlib
import shutil
import typing as t
from pathlib import Path

from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from ansible_collections.seawall.docker.tests.support import npm

AXE = ("axe-core@4.14.1",)
# What axe calls worse than a matter of taste.
_GRAVE = ("serious", "critical")


@contextlib.contextmanager
def started() -> t.Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "chromium is missing; tests/prepare.py installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def opened(browser: Browser, file: Path, state: str = "", refused: int = 0, **options: t.Any) -> t.Iterator[Page]:
    """A page of a file with an address of its own.

    Fails if it asked for anything else than files beside it, or said an error. The page's own policy must refuse something
    ``refused`` times.
    """
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(20_000)
    asked: list[str] = []
    trouble: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("console", lambda message: trouble.append(f"console: {message.text}"))
    page.on("dialog", dismissed)
    context.on("page", lambda other: trouble.append(f"window: {other.url}") if other != page else None)
    try:
        page.goto(file.as_uri() + state)
        yield page
        of_policy = [one for one in trouble if "violates the following Content Security Policy directive" in one]
        assert len(of_policy) == refused and len(trouble) == refused, trouble
        beside = file.parent.as_uri()
        assert asked and [url for url in asked if not url.startswith(beside)] == []
    finally:
        context.close()


def axe(page: Page, within: str = "html") -> list[str]:
    """What axe-core finds serious on the page as it is now, or in one element of it, each with the elements."""
    # Evaluated by the debugger: the page's own policy, which allows no other script, stays in force.
    page.evaluate((npm.modules("axe", AXE) / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("within => axe.run(within, {resultTypes: ['violations']})", within)
    assert found["passes"], "axe looked at nothing"
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']][:5]}"
        for one in found["violations"]
        if one["impact"] in _GRAVE
    ]
