"""Which commands a fix may run: shell text or arguments in, a decision by effect out."""

from harness.commands.classify import classify
from harness.commands.model import Context, Decision

__all__ = ["Context", "Decision", "classify"]
