# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recipes: what is selected, and what makes an image a different one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from seawall_lab.errors import LabError
from seawall_lab.recipes import CONTAINER_HOSTS, RECIPES, Kind, select

MIRROR = "http://mirror.invalid/debian"
KEY = "ssh-ed25519 AAAA lab"


def test_same_recipe_same_digest() -> None:
    recipe = RECIPES["bookworm"]
    assert recipe.digest(MIRROR, KEY) == replace(recipe).digest(MIRROR, KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "trixie"},
        {"packages": ("docker.io",)},
        {"files": {"/etc/motd": "x"}},
        {"commands": ("true",)},
        {"init": "/sbin/init"},
    ],
)
def test_any_change_makes_another_image(change: dict[str, object]) -> None:
    recipe = RECIPES["bookworm"]
    assert replace(recipe, **change).digest(MIRROR, KEY) != recipe.digest(MIRROR, KEY)  # type: ignore[arg-type]


def test_key_and_mirror_are_part_of_an_image() -> None:
    recipe = RECIPES["vm"]
    assert len({recipe.digest(MIRROR, KEY), recipe.digest(MIRROR, "other"), recipe.digest("other", KEY)}) == 3


def test_digests_of_all_hosts_differ() -> None:
    assert len({recipe.digest(MIRROR, KEY) for recipe in RECIPES.values()}) == len(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_every_host_can_be_reached_and_managed(name: str) -> None:
    assert {"docker.io", "openssh-server", "python3"} <= set(RECIPES[name].packages)


def test_only_the_vm_brings_a_kernel() -> None:
    with_kernel = [name for name, one in RECIPES.items() if any(p.startswith("linux-image") for p in one.packages)]
    assert with_kernel == ["vm"]


def test_select_keeps_the_order_of_definition_and_drops_repeats() -> None:
    assert [recipe.name for recipe in select(["vm", "bookworm", "vm"], [])] == ["bookworm", "vm"]


def test_select_without_names_takes_the_default() -> None:
    chosen = select([], CONTAINER_HOSTS)
    assert [recipe.name for recipe in chosen] == ["bookworm", "trixie", "sid", "rootless"]
    assert {recipe.kind for recipe in chosen} == {Kind.CONTAINER}


def test_select_all() -> None:
    assert [recipe.name for recipe in select(["all"], [])] == list(RECIPES)


def test_select_names_what_it_does_not_know() -> None:
    with pytest.raises(
        LabError, match=r"no such host: jammy, woody; there are bookworm, trixie, sid, rootless, vm and all"
    ):
        select(["woody", "sid", "jammy"], [])
