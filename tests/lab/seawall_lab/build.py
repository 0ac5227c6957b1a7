# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a recipe to a base image in the cache."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .mounts import unmount_below
from .paths import Paths, need_space
from .process import require_tools, run
from .recipes import Kind, Recipe

DEFAULT_MIRROR = "http://deb.debian.org/debian"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_DISK_BYTES = 4 * 2**30


@dataclass(frozen=True)
class Image:
    """A built base image: for a container host a tar, for a virtual machine a disk, a kernel and its initrd."""

    digest: str
    directory: Path

    @property
    def tar(self) -> Path:
        """The root file system of a container host."""
        return self.directory / "root.tar"

    @property
    def disk(self) -> Path:
        """The virtual machine's pristine disk."""
        return self.directory / "disk.img"

    @property
    def kernel(self) -> Path:
        """The kernel that qemu loads."""
        return self.directory / "vmlinuz"

    @property
    def initrd(self) -> Path:
        """Its first root file system."""
        return self.directory / "initrd.img"


@dataclass(frozen=True)
class Builder:
    """Builds what is not in the cache yet."""

    paths: Paths
    public_key: str
    mirror: str = DEFAULT_MIRROR
    say: Callable[[str], None] = print

    def locate(self, recipe: Recipe) -> Image:
        """Where the image of a recipe is, or would be."""
        digest = recipe.digest(self.mirror, self.public_key)
        return Image(digest, self.paths.images / f"{recipe.name}-{digest}")

    def ensure(self, recipe: Recipe) -> Image:
        """The image of a recipe, built now if the cache has none."""
        image = self.locate(recipe)
        if image.directory.is_dir():
            return image
        require_tools("debootstrap", "tar", *(["mkfs.ext4"] if recipe.kind is Kind.VM else []))
        if not _KEYRING.exists():
            raise LabError(f"{_KEYRING} is missing; install with: apt-get install debian-archive-keyring")
        need_space(self.paths.build, 6 if recipe.kind is Kind.VM else 3, f"building {recipe.name}")
        started = time.monotonic()
        self.say(f"{recipe.name}: building the base image (once, a minute or three)")
        log = self.paths.logs / f"build-{recipe.name}.log"
        log.unlink(missing_ok=True)
        with self._scratch(recipe.name) as scratch:
            root, result = scratch / "root", scratch / "image"
            root.mkdir(mode=0o755)
            result.mkdir(mode=0o700)
            self._bootstrap(recipe, root, log)
            self._adjust(recipe, root, log)
            built = Image(image.digest, result)
            if recipe.kind is Kind.VM:
                _pack_disk(root, built, log)
            else:
                run(_tar_command(root, built.tar), log=log)
            try:
                result.rename(image.directory)
            except OSError:
                # Another lab that shares the images was quicker with the same one.
                if not image.directory.is_dir():
                    raise
        for older in self.paths.images.glob(f"{recipe.name}-*"):
            if older != image.directory:
                shutil.rmtree(older)
        self.say(f"{recipe.name}: base image built in {time.monotonic() - started:.0f} s")
        return image

    def sweep(self) -> None:
        """Remove what a killed build left behind; only for who holds the lab's lock."""
        for left in self.paths.build.iterdir():
            _remove_tree(left)

    @contextmanager
    def _scratch(self, name: str) -> Iterator[Path]:
        scratch = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.paths.build))
        try:
            yield scratch
        finally:
            _remove_tree(scratch)

    def _bootstrap(self, recipe: Recipe, root: Path, log: Path) -> None:
        packages = self.paths.packages / recipe.name
        packages.mkdir(exist_ok=True)
        # The build is thrown away when the machine falls over, so dpkg need not wait for the disk at each file.
        env = {**os.environ, "DPKG_FORCE": "unsafe-io", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        command = [
            "debootstrap",
            "--variant=minbase",
            f"--keyring={_KEYRING}",
            f"--cache-dir={packages}",
            f"--include={','.join(recipe.packages)}",
            recipe.suite,
            str(root),
            self.mirror,
        ]
        try:
            run(command, log=log, env=env)
        except LabError:
            # It refers to a log inside the root file system, which is about to be removed.
            details = root / "debootstrap" / "debootstrap.log"
            if details.exists():
                with log.open("a", encoding="utf-8") as stream:
                    stream.write(details.read_text(encoding="utf-8", errors="replace"))
            raise

    def _adjust(self, recipe: Recipe, root: Path, log: Path) -> None:
        keys = {"/root/.ssh/authorized_keys": self.public_key + "\n"}
        for name, content in {**recipe.files, **keys}.items():
            target = root / name.lstrip("/")
            target.parent.mkdir(mode=0o700 if target.parent.name == ".ssh" else 0o755, parents=True, exist_ok=True)
            # A link is replaced, not followed: it may point to a place on this machine.
            target.unlink(missing_ok=True)
            target.write_text(content, encoding="utf-8")
            target.chmod(0o644)
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
        for command in (*recipe.commands, "apt-get clean", "rm -rf /var/lib/apt/lists/*"):
            run(["chroot", str(root), "/bin/sh", "-ec", command], log=log, env=env)


def _remove_tree(directory: Path) -> None:
    unmount_below(directory)
    shutil.rmtree(directory)


def _tar_command(root: Path, target: Path) -> list[str]:
    # Extended attributes carry file capabilities, without which ping and newuidmap would not be what Debian ships.
    attributes = ["--xattrs", "--xattrs-include=*"]
    return ["tar", "--numeric-owner", "--one-file-system", *attributes, "-C", str(root), "-cf", str(target), "."]


def _pack_disk(root: Path, image: Image, log: Path) -> None:
    for pattern, target in (("vmlinuz-*", image.kernel), ("initrd.img-*", image.initrd)):
        found = sorted((root / "boot").glob(pattern))
        if not found:
            raise LabError(f"the virtual machine's root file system holds no boot/{pattern}; see {log}")
        shutil.copyfile(found[-1], target)
    with image.disk.open("wb") as stream:
        stream.truncate(_DISK_BYTES)
    run(["mkfs.ext4", "-q", "-F", "-L", "lab", "-d", str(root), str(image.disk)], log=log)
