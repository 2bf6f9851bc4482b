"""Resource scopes: what a registry token is asked for and grants."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_cicache.errors import UsageError

__all__ = ["ResourceScope"]


@dataclass(frozen=True, slots=True)
class ResourceScope:
    """One scope of a token: `repository:owner/package:pull,push`.

    https://distribution.github.io/distribution/spec/auth/scope/
    """

    type: str
    name: str
    verbs: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> ResourceScope:
        """Read one scope; the name may itself hold a colon (a host with a port)."""
        kind, first, rest = text.partition(":")
        name, second, verbs = rest.rpartition(":")
        if not (first and second and kind and name):
            raise UsageError(f"invalid resource scope {text!r}: write it as type:name:verb,verb")
        return cls(kind, name, tuple(verb for verb in verbs.split(",") if verb))

    def covers(self, other: ResourceScope) -> bool:
        """Tell whether all that the other asks for is in this one."""
        same = (self.type, self.name) == (other.type, other.name)
        return same and ("*" in self.verbs or set(other.verbs) <= set(self.verbs))

    def __str__(self) -> str:
        return f"{self.type}:{self.name}:{','.join(self.verbs)}"
