"""The registry's way to say no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.errors import CicacheError
from pytest_cicache.oci import error_body

if TYPE_CHECKING:
    from pytest_cicache.oci import ErrorCode

__all__ = ["RegistryRefusal"]


class RegistryRefusal(CicacheError):  # noqa: N818 - an answer of the registry's, no fault
    """A request the registry answers with an error; the server turns it into a reply.

    `status` is the code's own unless another is given.
    """

    def __init__(
        self, code: ErrorCode, message: str | None = None, *, detail: Any = None, status: int | None = None
    ) -> None:
        self.code = code
        self.detail = detail
        self.status = code.status if status is None else status
        super().__init__(code.message if message is None else message)

    @property
    def body(self) -> bytes:
        """The JSON body of the reply."""
        return error_body(self.code, str(self), self.detail)
