"""Histories of public packages: their releases, fetched by pip's own client, committed one after the other."""

import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from differential_oracle import git
from random_histories import Files, write_history

PACKAGES = ("tqdm", "pytz", "certifi", "idna", "more-itertools", "sentry-sdk")
CACHE = "HARNESS_RELEASES_CACHE"

_SUFFIXES = (".tar.gz", ".tgz", ".tar.bz2", ".zip")
_MOST_BYTES = 4 * 1024 * 1024
_MOST_FILES = 5_000
_SYMLINK = 0o120000


class NoReleases(Exception):
    """Why no releases can be had here: no pip, no network, no index."""


@dataclass(frozen=True)
class Release:
    """One source archive of a package, and how to fetch it."""

    version: str
    link: Any


class Index:
    """The package index pip is configured with, read through pip itself."""

    def __init__(self) -> None:
        try:
            from pip._internal.commands import create_command

            command: Any = create_command("download")
            options, _ = command.parse_args(["--no-binary", ":all:", "--no-deps", "--quiet"])
            self._session = command._build_session(options)
            self._finder = command._build_package_finder(options, self._session, ignore_requires_python=True)
        except Exception as error:  # Whatever pip's inside has become, there is nothing to test with then.
            raise NoReleases(f"pip can't be asked for packages: {error!r}") from None

    def releases(self, package: str) -> list[Release]:
        """One source archive for each release, the oldest first."""
        try:
            candidates = self._finder.find_all_candidates(package)
        except Exception as error:
            raise NoReleases(f"no index to be reached: {error!r}") from None
        found: dict[Any, Any] = {}
        for candidate in candidates:
            suffix = next((s for s in _SUFFIXES if candidate.link.filename.endswith(s)), None)
            if suffix and (candidate.version not in found or suffix == ".tar.gz"):
                found[candidate.version] = candidate.link
        if not found:
            raise NoReleases(f"the index gives no source archives of {package}, or can't be reached")
        return [Release(str(version), found[version]) for version in sorted(found)]

    def fetch(self, release: Release, folder: Path) -> bytes:
        """The archive, from the folder if it was fetched before. Raises `NoReleases`."""
        target = folder / release.link.filename
        if not target.exists():
            try:
                answer = self._session.get(release.link.url_without_fragment)
                answer.raise_for_status()
            except Exception as error:
                raise NoReleases(f"{release.link.filename} can't be fetched: {error!r}") from None
            partial = target.with_suffix(".part")
            partial.write_bytes(answer.content)
            partial.rename(target)
        data = target.read_bytes()
        if release.link.hash_name == "sha256" and hashlib.sha256(data).hexdigest() != release.link.hash:
            target.unlink()
            raise NoReleases(f"{release.link.filename} is not what the index says")
        return data


def unpacked(data: bytes, name: str) -> Files:
    """The files of an archive below its top folder; nothing is written anywhere, odd paths are left out."""
    entries = _zipped(data) if name.endswith(".zip") else _tarred(data)
    files: Files = {}
    for path, mode, content in entries:
        parts = PurePosixPath(path).parts[1:]
        if parts and not path.startswith("/") and ".." not in parts and ".git" not in parts:
            files["/".join(parts)] = (mode, content)
        if len(files) == _MOST_FILES:
            break
    return files


def build(package: str, index: Index, cache: Path, root: Path, most: int) -> int:
    """A repository whose branch `main` has a commit for each of a package's releases; how many there are."""
    folder = cache / package
    folder.mkdir(parents=True, exist_ok=True)
    releases = index.releases(package)[-most:]
    if not (root / ".git").exists():
        write_history(root, (_files(release, index, folder) for release in releases))
        git(root, "repack", "-adq")
    return len(releases)


def cache_folder(temporary: Path) -> Path:
    """Where archives are kept between runs, if the environment says so."""
    named = os.environ.get(CACHE)
    return Path(named) if named else temporary


def _files(release: Release, index: Index, folder: Path) -> Files:
    files = unpacked(index.fetch(release, folder), release.link.filename)
    # A path can't be a file and a folder; an archive can have both.
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    return {path: file for path, file in files.items() if path not in folders}


def _tarred(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.issym():
                yield member.name, "120000", member.linkname.encode()
            elif member.isfile() and member.size <= _MOST_BYTES:
                content = archive.extractfile(member)
                mode = "100755" if member.mode & 0o100 else "100644"
                yield member.name, mode, content.read() if content else b""


def _zipped(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            if not info.is_dir() and info.file_size <= _MOST_BYTES:
                kind = "120000" if mode & 0o170000 == _SYMLINK else "100755" if mode & 0o100 else "100644"
                yield info.filename, kind, archive.read(info)
