"""Estimator profiles: pure data, one TOML file each, read into a frozen, validated model."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import UsageError
from harness.process.regular_file import open_named
from harness.telemetry.fitted import FittedProfile
from harness.telemetry.profile_tables import KindRule as KindRule
from harness.telemetry.profile_tables import Profile as Profile
from harness.telemetry.profile_tables import SizeFactors as SizeFactors
from harness.telemetry.profile_tables import TableProfile as TableProfile
from harness.toml_document import decode_toml, parse_toml, validate

LARGEST = 1024 * 1024
"""Bytes a profile file may have."""

_FORMULAS: dict[object, type[TableProfile] | type[FittedProfile]] = {
    "weights": TableProfile,
    "log-linear": FittedProfile,
}


def parse_profile(text: str) -> Profile:
    """A profile from its TOML text; tomllib's or pydantic's ValueError where it isn't one."""
    tables = tomllib.loads(text)
    return _model(tables).model_validate(tables)


def profile_names() -> tuple[str, ...]:
    """The profiles that come with the package."""
    files = resources.files("harness.telemetry").joinpath("profiles").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def is_file_name(name: str) -> bool:
    """Whether a profile's name is that of a file in the repository, not of a packaged profile."""
    path = PurePosixPath(name)
    return path.suffix == ".toml" and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def load_profile(name: str = "seed", root: Path | None = None) -> Profile:
    """The profile called `name`: a packaged one, or a file `root / name` where it ends in `.toml`.

    `root` is the current folder by default. UsageErrors: `unknown-profile` names those there are,
    `invalid-profile` what is wrong with a file, by line and key.
    """
    if is_file_name(name):
        return load_profile_file((root or Path()) / name, by_user=False)
    return _packaged(name)


@functools.cache
def _packaged(name: str) -> Profile:
    known = profile_names()
    if name not in known:
        raise UsageError(
            "unknown-profile",
            f"there is no estimator profile {name!r}",
            f"profiles are: {', '.join(known)}; or name a file of the repository, such as "
            "telemetry/calibrated.toml",
        )
    tables = _packaged_tables(name)
    return _model(tables).model_validate(tables)


def _packaged_tables(name: str) -> dict[str, Any]:
    """The tables of a packaged profile, put over those of the one it extends."""
    file = resources.files("harness.telemetry").joinpath("profiles", f"{name}.toml")
    tables = tomllib.loads(file.read_text("utf-8"))
    base = tables.pop("extends", None)
    return tables if base is None else _over(_packaged_tables(base), tables)


def _over(base: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in tables.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def load_profile_file(path: Path, *, by_user: bool = True) -> Profile:
    """The profile in a file, a pipe too where somebody named it; UsageErrors as of `load_profile`."""
    name = str(path)
    try:
        with open_named(path, by_user=by_user) as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(
            "unknown-profile",
            f"the estimator profile {name} can't be read: {error.strerror}",
            "make one with `harness telemetry calibrate --output FILE`, or use `seed`",
        ) from None
    return read_profile(data, name)


def read_profile(data: bytes, name: str) -> Profile:
    """The profile in a file's content; UsageErrors `invalid-toml` and `invalid-profile` call it `name`."""
    if len(data) > LARGEST:
        raise UsageError(
            "invalid-profile",
            f"{name} is larger than {LARGEST} bytes",
            "name a profile that `harness telemetry calibrate` wrote",
        )
    text = decode_toml(data, name)
    tables = parse_toml(text, name)
    return validate(_model(tables), tables, text, name, "invalid-profile")


def _model(tables: dict[str, object]) -> type[TableProfile] | type[FittedProfile]:
    # An unknown formula is the business of the model's own validation, which names the key.
    formula = tables.get("formula", "weights")
    return _FORMULAS.get(formula if isinstance(formula, str) else None, TableProfile)
