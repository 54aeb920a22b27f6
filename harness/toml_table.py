"""A table of a TOML file a person wrote, as a model."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def one_or_many(value: Any) -> Any:
    """One text in place of a list of texts is a list of one."""
    return [value] if isinstance(value, str) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(one_or_many)]


class Table(BaseModel):
    """A TOML table: no key beside the named ones."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, allow_inf_nan=False)


class StrictTable(Table):
    """A table that takes no text or truth value for a number: a gate must not be read by guessing."""

    model_config = ConfigDict(strict=True)
