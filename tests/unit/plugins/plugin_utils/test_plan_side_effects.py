# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan says about registries when insecure-registries is set."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.side_effects import side_effect
from ansible_collections.seawall.docker.tests.support.postures import posture_in

KEY = "insecure-registries"


def note(version: str | None, image: str, tags: t.Sequence[str] = (), old: t.Any = (), new: t.Any = ()) -> str:
    posture = posture_in()
    posture["daemon"]["versions"]["engine"] = version
    posture["containers"][0]["image"] = image
    posture["images"][0]["tags"] = list(tags)
    return side_effect(KEY, list(old), list(new) if isinstance(new, tuple) else new, posture) or ""


@pytest.mark.parametrize("version", ["29.10.0", "29.10.0-rc.1", "30.0.0", None])
@pytest.mark.parametrize(
    "image",
    [
        "localhost:5000/web:1",
        "127.0.0.1:5000/web",
        "127.8.0.1/web@sha256:" + "1" * 64,
        "[::1]:5000/web",
        "localhost/web",
    ],
)
def test_images_of_a_registry_on_loopback_are_named(version: str | None, image: str) -> None:
    assert image in note(version, image)
    assert image in note(version, "nginx", [image])


@pytest.mark.parametrize(
    "image", ["nginx", "localhost:1", "web/localhost:5000", "localhost.example.org:5000/web", "127.example.org/web"]
)
def test_other_images_are_not(image: str) -> None:
    assert note("29.10.0", image) == ""


@pytest.mark.parametrize("version", ["29.9.3", "28.5.2", "20.10.24+dfsg1"])
def test_engines_before_keep_loopback_insecure(version: str) -> None:
    assert note(version, "localhost:5000/web:1") == ""


def test_a_key_that_is_taken_out_leaves_loopback_alone() -> None:
    assert note("29.10.0", "localhost:5000/web:1", new=None) == ""


def test_registries_that_were_insecure_are_named_as_well() -> None:
    said = note("29.10.0", "localhost:5000/web:1", old=["reg.example.org:5000"])

    assert said.startswith("images of reg.example.org:5000 can then be pulled with a valid certificate only.")
    assert "localhost:5000/web:1" in said


@pytest.mark.parametrize("section", ["images", "containers"])
def test_images_that_are_not_known_may_be_of_loopback(section: str) -> None:
    posture = posture_in()
    posture["daemon"]["versions"]["engine"] = "29.10.1"
    del posture[section]

    assert "not all images are known" in str(side_effect(KEY, [], [], posture))
