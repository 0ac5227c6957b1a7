# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a whole: what each command of the command line does."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from . import docker, engine
from .build import DEFAULT_MIRROR, Builder
from .busybox import local_image
from .containers import Containers, remove_leftover_groups
from .engine import Engine
from .errors import LabError
from .hosts import Address, Remote
from .inventory import render
from .paths import Paths
from .process import interrupted, require_tools
from .recipes import RECIPES, Kind, Recipe
from .sshkey import ensure_key
from .vm import VirtualMachine

# A boot takes seconds with hardware virtualisation and a minute without; a busy machine may triple that.
_BOOT_SECONDS = {Kind.CONTAINER: 120.0, Kind.VM: 600.0}


def say(text: str) -> None:
    """Progress goes to standard error: standard output is for what other programs read."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Lab:
    """One cache directory and all that runs from it."""

    paths: Paths
    engine: Engine
    containers: Containers
    vm: VirtualMachine

    @classmethod
    def at(cls, paths: Paths) -> Lab:
        """The lab of a cache directory."""
        paths.create()
        return cls(paths, Engine(paths, say), Containers(paths.cache, say), VirtualMachine(paths, say))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands that change the lab run one after the other."""
        with (self.paths.state / "lock").open("w", encoding="ascii") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("waiting for another lab command to end")
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def up(self, recipes: Sequence[Recipe], *, fresh: bool) -> None:
        """Build what is missing, start what does not run, and return when all of it is usable."""
        require_tools("ssh", "busybox", *(["docker"] if any(r.kind is Kind.CONTAINER for r in recipes) else []))
        with self._alone():
            mirror = os.environ.get("SEAWALL_LAB_MIRROR") or DEFAULT_MIRROR
            builder = Builder(self.paths, ensure_key(self.paths.key), mirror, say)
            builder.sweep()
            busybox = local_image()
            if any(recipe.kind is Kind.CONTAINER for recipe in recipes):
                self.engine.ensure()
                self.containers.ensure_network()
            _in_parallel([partial(self._up_one, recipe, builder, busybox, fresh) for recipe in recipes])

    def _up_one(self, recipe: Recipe, builder: Builder, busybox: bytes, fresh: bool) -> None:
        image = builder.ensure(recipe)
        started = time.monotonic()
        if recipe.kind is Kind.VM:
            address = self.vm.start(recipe, image, fresh=fresh)
        else:
            self.containers.ensure_image(recipe, image)
            address = self.containers.start(recipe, image, fresh=fresh)
        Remote(address, self.paths.key).prepare(
            busybox, seconds=_BOOT_SECONDS[recipe.kind], alive=lambda: self.address(recipe) is not None
        )
        say(f"{recipe.name}: ready in {time.monotonic() - started:.1f} s at {address.host} port {address.port}")

    def down(self, recipes: Sequence[Recipe], *, everything: bool) -> None:
        """Remove hosts; with everything, also the network and the engine, if the lab started that."""
        with self._alone():
            if everything and self.engine.crashed():
                self.engine.ensure()
            for recipe in recipes:
                if recipe.kind is Kind.VM:
                    gone = self.vm.remove()
                else:
                    gone = docker.answers() and self.containers.remove(recipe)
                if gone:
                    say(f"{recipe.name}: removed")
            if not docker.answers():
                if everything:
                    self.engine.stop()
                return
            # While a host is left, an empty group may be that of a container which is just being started in it.
            if self.engine.own() is not None and not self.containers.known():
                remove_leftover_groups()
            if everything:
                self.containers.remove_network()
                self.engine.stop()

    def addresses(self) -> list[Address]:
        """All running hosts."""
        return [found for recipe in RECIPES.values() if (found := self.address(recipe)) is not None]

    def address(self, recipe: Recipe) -> Address | None:
        """Where a host answers, if it runs."""
        if recipe.kind is Kind.VM:
            return self.vm.address(recipe)
        return self.containers.address(recipe) if docker.answers() else None

    def status(self) -> str:
        """One line for the engine and one for each host."""
        own = self.engine.own()
        whose = f"the lab's own, process {own.pid}" if own else "not the lab's, will not be stopped"
        lines = [f"{'engine':10}{f'{engine.version()} ({whose})' if docker.answers() else 'not running'}"]
        found = {address.recipe.name: address for address in self.addresses()}
        with ThreadPoolExecutor() as pool:
            texts = pool.map(lambda one: Remote(one, self.paths.key).facts(), found.values())
            facts = dict(zip(found, texts, strict=True))
        for name in RECIPES:
            address = found.get(name)
            text = "down" if address is None else f"{address.host}:{address.port}  {facts[name]}"
            lines.append(f"{name:10}{text}")
        return "\n".join(lines)

    def shell_command(self, recipe: Recipe, words: Sequence[str]) -> list[str]:
        """What to replace this process by, to be on a host."""
        address = self.address(recipe)
        if address is None:
            raise LabError(f"{recipe.name} is not up; start it with: up {recipe.name}")
        return Remote(address, self.paths.key).command(*words)

    def inventory(self) -> str:
        """The running hosts as YAML."""
        addresses = self.addresses()
        if not addresses:
            raise LabError("no host is up, so there is no inventory; start some with: up")
        return render(addresses, self.paths.key)


def _in_parallel(jobs: Sequence[Callable[[], None]]) -> None:
    """Run all jobs to their end, then raise the first error: a host that fails must not take another with it."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        futures = [pool.submit(job) for job in jobs]
        try:
            wait(futures)
        except KeyboardInterrupt:
            interrupted.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    errors = [error for future in futures if (error := future.exception()) is not None]
    for error in errors[1:]:
        say(f"error: {error}")
    if errors:
        raise errors[0]
