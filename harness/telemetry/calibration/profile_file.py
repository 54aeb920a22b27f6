"""A fitted profile as the text of a TOML file."""

from __future__ import annotations

from harness.telemetry.fitted import FittedProfile

_HEAD = """\
# An estimator profile, written by `harness telemetry calibrate`. Pure data: see docs/calibration.md.
# To use it: [telemetry] profile = "<this file, relative to the repository's root>" in harness.toml.

"""


def profile_text(profile: FittedProfile) -> str:
    """The TOML text of a profile; reading it gives the same profile again."""
    import tomli_w

    tables = profile.model_dump(exclude_none=True)
    plain = {key: value for key, value in tables.items() if not isinstance(value, dict)}
    nested = {key: value for key, value in tables.items() if isinstance(value, dict)}
    return _HEAD + tomli_w.dumps({**plain, **nested})
