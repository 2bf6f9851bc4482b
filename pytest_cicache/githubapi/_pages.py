"""Pages of a list, and the `Link` header that leads through them.

https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from pytest_cicache.githubapi._wire import ApiCall, ApiReply

__all__ = ["page_of", "paged"]

Item = TypeVar("Item")
_USUAL, _MOST = 30, 100


def paged(call: ApiCall, items: Sequence[Item], shown: Callable[[Item], Any]) -> ApiReply:
    """Answer with one page of a list; only what is on it is made into JSON."""
    part, headers = page_of(call, items)
    return ApiReply(document=[shown(item) for item in part], headers=headers)


def page_of(call: ApiCall, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
    """The items of the page that a call asks for, and the header that names the others."""
    size = min(max(_number(call, "per_page", _USUAL), 1), _MOST)
    page = max(_number(call, "page", 1), 1)
    last = max(-(-len(items) // size), 1)
    return items[(page - 1) * size : page * size], _links(call, page, last)


def _number(call: ApiCall, name: str, usual: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else usual


def _links(call: ApiCall, page: int, last: int) -> dict[str, str]:
    wanted = {}
    if page > 1:
        wanted["prev"] = min(page - 1, last)
    if page < last:
        wanted |= {"next": page + 1, "last": last}
    if page > 1:
        wanted["first"] = 1
    if not wanted:
        return {}
    return {"Link": ", ".join(f'<{_url(call, number)}>; rel="{name}"' for name, number in wanted.items())}


def _url(call: ApiCall, page: int) -> str:
    return f"{call.base}{call.path}?{urlencode({**call.query, 'page': page})}"
