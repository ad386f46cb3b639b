# SPDX-License-Identifier: MIT
"""What the tests of installations and packages share: one of each, made from
the build under test, and how it is to be found."""
import os
import shutil

import pytest
from conftest import run


class Installation:
    """Thresh below one prefix, as `make install` or a package puts it there."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.bin = prefix / "bin"
        self.lib = prefix / "lib"

    def env(self, home, compiler="gcc"):
        """What a user's shell has whose only Thresh is this one: his cache is
        in `home`."""
        path = f"{self.bin}:{os.environ['PATH']}"
        return {"PATH": path, "CC": compiler, "THRESH_CC": compiler,
                "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"),
                "CMAKE_PREFIX_PATH": str(self.prefix),
                "PKG_CONFIG_PATH": str(self.lib / "pkgconfig")}


class BuildTree(Installation):
    """The build directory, used without installing it."""

    def __init__(self, build):
        super().__init__(build)
        self.bin = build

    def env(self, home, compiler="gcc"):
        return {**super().env(home, compiler), "Thresh_DIR": str(self.prefix),
                "PKG_CONFIG_PATH": str(self.prefix)}


@pytest.fixture(scope="session")
def build_tree(build):
    return BuildTree(build)


@pytest.fixture(scope="module")
def installed(build, tmp_path_factory):
    """`make install` with DESTDIR, which is what packagers do."""
    root = tmp_path_factory.mktemp("install")
    run(["cmake", "--install", build], root, env={"DESTDIR": str(root)})
    return Installation(root / "usr" / "local")


@pytest.fixture(scope="module")
def deb(build, tmp_path_factory):
    """Debian's package, as `make deb` makes it."""
    for tool in "dpkg-deb", "dpkg-shlibdeps":
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("deb")
    run(["cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake",
         "-B", folder], folder)
    [package] = folder.glob("*.deb")
    return package


@pytest.fixture(scope="module")
def unpacked(deb, tmp_path_factory):
    root = tmp_path_factory.mktemp("root")
    run(["dpkg-deb", "-x", deb, root], root)
    return Installation(root / "usr")
