"""The REST API's answers as HTTP, for clients in other processes."""

from __future__ import annotations

import json

from multidict import CIMultiDict

from pytest_cicache.errors import UnsupportedError
from pytest_cicache.githubapi import ApiCall, GitHubApi
from pytest_cicache.http import HttpResponse

__all__ = ["api_response"]

_HEADERS = {"Content-Type": "application/json; charset=utf-8", "X-GitHub-Media-Type": "github.v3; format=json"}


def api_response(api: GitHubApi, call: ApiCall) -> HttpResponse:
    """Answer a call; one that is not simulated is status 501, which no client takes for GitHub's."""
    try:
        reply = api.answer(call)
    except UnsupportedError as error:
        body = json.dumps({"message": f"cicache: {error}"}).encode()
        return HttpResponse(status=501, body=body, headers=CIMultiDict(_HEADERS))
    return HttpResponse(
        status=reply.status, body=reply.body(call.base), headers=CIMultiDict({**_HEADERS, **reply.headers})
    )
