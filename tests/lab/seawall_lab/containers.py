# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container hosts: a whole Debian with its own service manager and engine, in a container."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .build import Image
from .docker import docker
from .errors import LabError
from .hosts import Address
from .process import descends, parent_of
from .recipes import RECIPES, Recipe

_LABEL = "org.seawall.lab.host"
# Which lab made it: there may be several on one engine, and each removes only what is its own.
_OWNER_LABEL = "org.seawall.lab.cache"
_IMAGE_LABEL = "org.seawall.lab.image"
_OWNER_FORMAT = f'{{{{or (.Label "{_OWNER_LABEL}") .Names}}}}'
_REPOSITORY = "seawall-lab"
_CONTROL_GROUPS = Path("/sys/fs/cgroup")


def lab_name(owner: Path) -> str:
    """What a lab and its network are called: as its cache directory, so that several labs fit on one engine."""
    return re.sub(r"[^a-zA-Z0-9_.-]", "-", owner.name).lstrip("-._") or "lab"


def container_name(recipe: Recipe, owner: Path) -> str:
    """The name of a host's container on this machine's engine."""
    return f"{lab_name(owner)}-{recipe.name}"


def image_tag(recipe: Recipe, image: Image) -> str:
    """The name of a base image in the engine; the digest in it makes a stale one impossible."""
    return f"{_REPOSITORY}/{recipe.name}:{image.digest}"


def run_arguments(recipe: Recipe, image: Image, owner: Path, *, unified: bool) -> list[str]:
    """The arguments of `docker run` for a host.

    On the unified hierarchy (cgroup v2) a namespace of its own shows the host its own root, below which its
    service manager and its engine both work; only --privileged makes that writable. On v1 such a namespace
    makes nested containers fail, so there the hierarchy is shared; and --privileged is spared, because it
    wants CAP_SYS_RESOURCE, which the virtual machines that still have v1 may lack.
    """
    shared = ["--cgroupns=host", f"--volume={_CONTROL_GROUPS}:{_CONTROL_GROUPS}:rw"]
    rights = ["--cap-add=ALL", "--cap-drop=SYS_RESOURCE"]
    return [
        "run",
        "--detach",
        f"--name={container_name(recipe, owner)}",
        f"--hostname={recipe.name}",
        f"--label={_LABEL}={recipe.name}",
        f"--label={_IMAGE_LABEL}={image.digest}",
        f"--label={_OWNER_LABEL}={owner}",
        f"--network={lab_name(owner)}",
        f"--stop-signal={recipe.stop_signal}",
        *(["--privileged", "--cgroupns=private"] if unified else [*rights, *shared]),
        "--security-opt=seccomp=unconfined",
        "--security-opt=apparmor=unconfined",
        "--security-opt=systempaths=unconfined",
        "--tmpfs=/run",
        "--tmpfs=/tmp",
        # An overlay file system cannot lie on another one, so what the engine inside stores needs a volume.
        "--volume=/var/lib/docker",
        "--volume=/var/lib/containerd",
        "--env=container=docker",
        image_tag(recipe, image),
    ]


@dataclass(frozen=True)
class Containers:
    """All container hosts of the lab on the engine of this machine."""

    owner: Path
    say: Callable[[str], None] = print

    @property
    def network(self) -> str:
        """The name of the lab's network."""
        return lab_name(self.owner)

    def ensure_network(self) -> None:
        """The network that all hosts share, away from the engine's default bridge."""
        if not docker("network", "ls", "--quiet", "--filter", f"name=^{self.network}$"):
            docker("network", "create", f"--label={_OWNER_LABEL}={self.owner}", self.network)

    def ensure_image(self, recipe: Recipe, image: Image) -> None:
        """Import the base image unless this engine has it, and drop the ones that it replaces."""
        tag = image_tag(recipe, image)
        known = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{_REPOSITORY}/{recipe.name}").split()
        if tag not in known:
            docker("import", "--change", f'CMD ["{recipe.init}"]', str(image.tar), tag)
        for older in known:
            if older != tag and not docker("ps", "--all", "--quiet", "--filter", f"ancestor={older}"):
                docker("image", "rm", older)

    def start(self, recipe: Recipe, image: Image, *, fresh: bool) -> Address:
        """A running host of this very image: the one that runs, or a new one."""
        found = self._inspect(recipe)
        if found is not None:
            current = found["Config"]["Labels"].get(_IMAGE_LABEL) == image.digest
            if current and found["State"]["Running"] and not fresh:
                return self._address(recipe, found)
            self.remove(recipe)
        stranger = docker(
            "ps", "--all", "--filter", f"name=^{container_name(recipe, self.owner)}$", "--format", _OWNER_FORMAT
        )
        if stranger:
            raise LabError(f"{recipe.name}: another lab, that in {stranger}, has it on this engine; take it down there")
        unified = (_CONTROL_GROUPS / "cgroup.controllers").exists()
        docker(*run_arguments(recipe, image, self.owner, unified=unified))
        found = self._inspect(recipe)
        if found is None or not found["State"]["Running"]:
            last = docker("logs", "--tail=1", container_name(recipe, self.owner)) if found else ""
            raise LabError(f"{recipe.name}: ended at once, saying {last!r}")
        return self._address(recipe, found)

    def address(self, recipe: Recipe) -> Address | None:
        """Where a host answers, if it runs."""
        found = self._inspect(recipe)
        return self._address(recipe, found) if found is not None and found["State"]["Running"] else None

    def remove(self, recipe: Recipe) -> bool:
        """Remove a host with all that it stored; say whether there was one."""
        found = self._inspect(recipe)
        if found is None:
            return False
        if found["State"]["Running"]:
            thaw_below(found["State"]["Pid"])
        docker("rm", "--force", "--volumes", container_name(recipe, self.owner))
        return True

    def known(self) -> list[Recipe]:
        """The hosts that exist on this engine, running or not."""
        own = f"label={_OWNER_LABEL}={self.owner}"
        names = docker("ps", "--all", "--filter", own, "--format", f'{{{{.Label "{_LABEL}"}}}}').split()
        return [recipe for name, recipe in RECIPES.items() if name in names]

    def remove_network(self) -> None:
        """Remove the lab's network once no host is left on it."""
        own = f"label={_OWNER_LABEL}={self.owner}"
        if not docker("network", "ls", "--quiet", "--filter", f"name=^{self.network}$", "--filter", own):
            return
        if docker("network", "inspect", "--format", "{{len .Containers}}", self.network) == "0":
            docker("network", "rm", self.network)

    def _inspect(self, recipe: Recipe) -> dict[str, Any] | None:
        name = container_name(recipe, self.owner)
        own = f"label={_OWNER_LABEL}={self.owner}"
        if not docker("ps", "--all", "--quiet", "--filter", f"name=^{name}$", "--filter", own):
            return None
        found: list[dict[str, Any]] = json.loads(docker("container", "inspect", name))
        return found[0]

    def _address(self, recipe: Recipe, found: dict[str, Any]) -> Address:
        address = found["NetworkSettings"]["Networks"][self.network]["IPAddress"]
        return Address(recipe, str(address), 22)


def thaw_below(pid: int) -> None:
    """Thaw paused containers inside a host: with cgroup v1 a frozen process cannot even be killed."""
    for file in sorted((_CONTROL_GROUPS / "freezer").rglob("freezer.state")):
        frozen = file.read_text(encoding="ascii").strip() != "THAWED"
        members = (file.parent / "cgroup.procs").read_text(encoding="ascii").split() if frozen else []
        if any(descends(int(member), pid, parent_of) for member in members):
            file.write_text("THAWED", encoding="ascii")


def leftover_groups(root: Path, living: set[str]) -> Iterator[Path]:
    """Control groups of nested containers that are gone: with a shared hierarchy they outlive their host."""
    for parent in sorted(root.glob("*/docker")):
        for group in sorted(parent.iterdir()):
            if _is_left(group, living):
                yield group
    # The slice that tests give to all containers of a host. The machine's own is left where anything else is in it; an empty
    # one that goes is made again when it is needed.
    for parent in sorted(root.glob("*/containers.slice")):
        if all(_is_left(group, living) for group in parent.iterdir() if group.is_dir()) and not _has_process(parent):
            yield parent


def _is_left(group: Path, living: set[str]) -> bool:
    found = re.fullmatch(r"(?:docker-)?([0-9a-f]{64})(?:\.scope)?", group.name)
    # A group with a process anywhere below it belongs to some other engine.
    return found is not None and found.group(1) not in living and not _has_process(group)


def _has_process(group: Path) -> bool:
    return any(file.read_text(encoding="ascii") for file in group.rglob("cgroup.procs"))


def remove_leftover_groups() -> None:
    """Remove empty groups; the kernel itself refuses for any that got a process meanwhile."""
    living = set(docker("ps", "--all", "--quiet", "--no-trunc").split())
    for group in leftover_groups(_CONTROL_GROUPS, living):
        # Deepest first: a group can only go when it has none below it.
        for directory, _names, _files in os.walk(group, topdown=False):
            try:
                Path(directory).rmdir()
            except OSError:
                break
