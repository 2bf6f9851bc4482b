"""`gh api` and `gh cache`, where nobody looks at a terminal.

https://cli.github.com/manual/gh_api, gh_cache_list and gh_cache_delete; their words are those of github.com/cli/cli,
pkg/cmd/api/api.go, pkg/cmd/cache/list/list.go and pkg/cmd/cache/delete/delete.go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pytest_cicache.githubapi._tool import Elsewhere, ToolEnd, ToolWorld, split_options
from pytest_cicache.githubapi._wire import API_URL, ApiCall, ApiReply

__all__ = ["run_gh"]

_API_VALUES = {
    **dict.fromkeys(("-X", "--method"), "method"),
    **dict.fromkeys(("-H", "--header"), "header"),
    **dict.fromkeys(("-f", "--raw-field"), "raw-field"),
    **dict.fromkeys(("-F", "--field"), "field"),
    **dict.fromkeys(("-q", "--jq"), "jq"),
    **dict.fromkeys(("-p", "--preview", "--cache", "--hostname"), ""),
    "--input": "input",
}
_API_FLAGS = {
    "--paginate": "paginate",
    "--slurp": "slurp",
    "--silent": "silent",
    **dict.fromkeys(("-i", "--include"), "include"),
}
_REPOSITORY = dict.fromkeys(("-R", "--repo"), "repo")
_LIST_VALUES = {
    **_REPOSITORY,
    **dict.fromkeys(("-k", "--key"), "key"),
    **dict.fromkeys(("-r", "--ref"), "ref"),
    **dict.fromkeys(("-L", "--limit"), "limit"),
    **dict.fromkeys(("-S", "--sort"), "sort"),
    **dict.fromkeys(("-O", "--order"), "order"),
    **dict.fromkeys(("-q", "--jq"), "jq"),
    "--json": "json",
}
_DELETE_VALUES = {**_REPOSITORY, **dict.fromkeys(("-r", "--ref"), "ref")}
_DELETE_FLAGS = {**dict.fromkeys(("-a", "--all"), "all"), "--succeed-on-no-caches": "succeed"}
_NOT_LOGGED_IN = (
    "gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable. Example:\n"
    "  env:\n    GH_TOKEN: ${{ github.token }}"
)
_CACHE_FIELDS = {
    "createdAt": "created_at",
    "id": "id",
    "key": "key",
    "lastAccessedAt": "last_accessed_at",
    "ref": "ref",
    "sizeInBytes": "size_in_bytes",
    "version": "version",
}
_SORTS = ("created_at", "last_accessed_at", "size_in_bytes")


def run_gh(words: Sequence[str], world: ToolWorld) -> ToolEnd:
    """Carry a command out; raises Elsewhere for one that is not simulated."""
    command, rest = tuple(words[:1]), list(words[1:])
    if command == ("cache",):
        command, rest = tuple(words[:2]), list(words[2:])
    carry_out = {("api",): _api, ("cache", "list"): _list, ("cache", "ls"): _list, ("cache", "delete"): _delete}.get(
        command
    )
    if carry_out is None:
        raise Elsewhere(f"'gh {' '.join(words[:1])}' is not simulated")
    if not _token(world):
        return ToolEnd(stderr=_NOT_LOGGED_IN, status=4)
    return carry_out(rest, world)


def _token(world: ToolWorld) -> str:
    return world.environment.get("GH_TOKEN") or world.environment.get("GITHUB_TOKEN") or ""


def _answer(world: ToolWorld, method: str, target: str, body: bytes = b"") -> ApiReply:
    call = ApiCall.read(method, target, authorization=f"Bearer {_token(world)}", body=body)
    return world.answer(call)


# -- gh api


def _api(words: Sequence[str], world: ToolWorld) -> ToolEnd:
    alone, options = split_options(words, values=_API_VALUES, flags=_API_FLAGS)
    if len(alone) != 1:
        return ToolEnd(stderr=f"accepts 1 arg(s), received {len(alone)}", status=1)
    named = dict(options)
    fields = dict(_fields(options, world))
    method = named.get("method", "POST" if fields or "input" in named else "GET").upper()
    target = _filled(_target(alone[0]), world)
    body = b""
    if "input" in named:
        body = world.read(named["input"])
    elif fields and method == "GET":
        target += ("&" if "?" in target else "?") + urlencode({name: _query(value) for name, value in fields.items()})
    elif fields:
        body = json.dumps(fields).encode()
    wrong = _wrong_pages(named, method)
    if wrong is not None:
        return ToolEnd(stderr=wrong, status=1)
    replies = list(_pages(world, method, target, body, all_pages="paginate" in named))
    return _api_end(replies, named)


def _wrong_pages(named: dict[str, str], method: str) -> str | None:
    if "paginate" in named and method != "GET":
        return "the `--paginate` option is not supported for non-GET requests"
    if "slurp" in named and "paginate" not in named:
        return "`--paginate` required when passing `--slurp`"
    if "slurp" in named and "jq" in named:
        return "the `--slurp` option is not supported with `--jq` or `--template`"
    return None


def _target(text: str) -> str:
    """The path and query, of a whole URL too."""
    parts = urlsplit(text)
    if parts.scheme:
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"/{text.lstrip('/')}"


def _filled(target: str, world: ToolWorld) -> str:
    owner, _, name = world.environment.get("GITHUB_REPOSITORY", "").partition("/")
    branch = world.environment.get("GITHUB_REF_NAME", "")
    for key, value in (("owner", owner), ("repo", name), ("branch", quote(branch))):
        target = target.replace(f"{{{key}}}", value).replace(f":{key}/", f"{value}/")
    return target


def _fields(options: Sequence[tuple[str, str]], world: ToolWorld) -> Iterator[tuple[str, Any]]:
    for option, value in options:
        name, _, text = value.partition("=")
        if option == "raw-field":
            yield name, text
        elif option == "field":
            yield name, _typed(text, world)


def _typed(text: str, world: ToolWorld) -> Any:
    known: dict[str, Any] = {"true": True, "false": False, "null": None}
    if text in known:
        return known[text]
    if re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    return world.read(text[1:]).decode() if text.startswith("@") else text


def _query(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _pages(world: ToolWorld, method: str, target: str, body: bytes, *, all_pages: bool) -> Iterator[ApiReply]:
    if all_pages and "per_page=" not in target:
        target += ("&" if "?" in target else "?") + "per_page=100"
    following: str | None = target
    while following is not None:
        reply = _answer(world, method, following, body)
        yield reply
        found = re.search(r'<([^>]+)>; rel="next"', reply.headers.get("Link", ""))
        following = _target(found[1]) if found and all_pages and reply.status < 400 else None


def _api_end(replies: Sequence[ApiReply], named: dict[str, str]) -> ToolEnd:
    last = replies[-1]
    end = ToolEnd(jq=named.get("jq") if last.status < 400 else None)
    if "include" in named:
        end.stdout += f"HTTP/2.0 {last.status} {HTTPStatus(last.status).phrase}\n".encode()
        end.stdout += "".join(f"{name}: {value}\r\n" for name, value in last.headers.items()).encode() + b"\r\n"
    if "silent" not in named:
        # A filter is given one page after the other.
        apart = end.jq is not None or "include" in named
        end.stdout += _joined(replies, slurp="slurp" in named, apart=apart)
    if last.status >= 400:
        message = last.document.get("message", "") if isinstance(last.document, dict) else ""
        end.stderr, end.status = f"gh: {message} (HTTP {last.status})", 1
    return end


def _joined(replies: Sequence[ApiReply], *, slurp: bool, apart: bool) -> bytes:
    """The pages one after the other; lists become one list but where pages are to stay apart."""
    documents = [reply.document for reply in replies if reply.document is not None]
    if slurp:
        return _printed(documents)
    if not apart and len(documents) > 1 and all(isinstance(document, list) for document in documents):
        documents = [[item for document in documents for item in document]]
    return b"".join(map(_printed, documents))


def _printed(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


# -- gh cache


def _place(named: dict[str, str], world: ToolWorld) -> str:
    return named.get("repo") or world.environment.get("GH_REPO") or world.environment.get("GITHUB_REPOSITORY", "")


def _list(words: Sequence[str], world: ToolWorld) -> ToolEnd:
    alone, options = split_options(words, values=_LIST_VALUES, flags={})
    named = dict(options)
    wrong = _wrong_list(alone, named)
    if wrong is not None:
        return ToolEnd(stderr=wrong, status=1)
    asked = {"per_page": "100", "sort": named.get("sort", "last_accessed_at"), "direction": named.get("order", "desc")}
    asked |= {name: named[name] for name in ("key", "ref") if name in named}
    place = _place(named, world)
    target = f"/repos/{place}/actions/caches?{urlencode(asked)}"
    found: list[dict[str, Any]] = []
    for reply in _pages(world, "GET", target, b"", all_pages=True):
        if reply.status >= 400:
            return _refused("get caches", target, reply)
        found += reply.document["actions_caches"]
    found = found[: int(named.get("limit", "30"))]
    if "json" in named:
        fields = named["json"].split(",")
        shown = [{field: entry[_CACHE_FIELDS[field]] for field in fields} for entry in found]
        return ToolEnd(stdout=_printed(shown), jq=named.get("jq"))
    # That there are none is said on a terminal alone (internal/ghcmd/cmd.go).
    return ToolEnd(stdout="".join(map(_row, found)).encode())


def _wrong_list(alone: Sequence[str], named: dict[str, str]) -> str | None:
    """What gh says of a command line that it does not take."""
    if alone:
        return f'unknown command "{alone[0]}" for "gh cache list"'
    for name, short, words in (("sort", "S", _SORTS), ("order", "O", ("asc", "desc"))):
        if named.get(name, words[0]) not in words:
            known = "|".join(words)
            return f'invalid argument "{named[name]}" for "-{short}, --{name}" flag: valid values are {{{known}}}'
    limit = named.get("limit", "30")
    if not re.fullmatch(r"[0-9]+", limit) or int(limit) < 1:
        return f"invalid limit: {limit}"
    unknown = next((each for each in named.get("json", "id").split(",") if each not in _CACHE_FIELDS), None)
    if unknown is not None:
        return "\n  ".join((f'Unknown JSON field: "{unknown}"\nAvailable fields:', *sorted(_CACHE_FIELDS)))
    return None


def _row(entry: dict[str, Any]) -> str:
    size, unit = float(entry["size_in_bytes"]), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    # Cut off, not rounded.
    amount = f"{int(size)} B" if unit == "B" else f"{int(size * 100) / 100:.2f} {unit}"
    columns = (str(entry["id"]), entry["key"], amount, entry["created_at"], entry["last_accessed_at"])
    return "\t".join(columns) + "\n"


def _delete(words: Sequence[str], world: ToolWorld) -> ToolEnd:
    alone, options = split_options(words, values=_DELETE_VALUES, flags=_DELETE_FLAGS)
    named, place = dict(options), _place(dict(options), world)
    if "all" in named and alone:
        return ToolEnd(stderr="specify only one of cache id, cache key, or --all", status=1)
    if "all" in named:
        return _delete_all(place, world, quiet="succeed" in named)
    if len(alone) != 1:
        return ToolEnd(stderr="must provide either cache id, cache key, or use --all", status=1)
    asked = {"key": alone[0], **({"ref": named["ref"]} if "ref" in named else {})}
    by_key = f"/repos/{place}/actions/caches?{urlencode(asked)}"
    target = f"/repos/{place}/actions/caches/{alone[0]}" if alone[0].isdigit() else by_key
    return _deleted(alone[0], place, target, world) or ToolEnd()


def _deleted(name: str, place: str, target: str, world: ToolWorld) -> ToolEnd | None:
    """Delete one cache; gives the end of a command that could not."""
    reply = _answer(world, "DELETE", target)
    if reply.status == 404:
        return ToolEnd(stderr=f"X Could not find a cache matching {name} in {place}", status=1)
    return _refused("delete cache", target, reply) if reply.status >= 400 else None


def _delete_all(place: str, world: ToolWorld, *, quiet: bool) -> ToolEnd:
    target = f"/repos/{place}/actions/caches"
    found: list[dict[str, Any]] = []
    for reply in _pages(world, "GET", target, b"", all_pages=True):
        if reply.status >= 400:
            return ToolEnd(stderr=_told(target, reply), status=1)
        found += reply.document["actions_caches"]
    if not found:
        return ToolEnd() if quiet else ToolEnd(stderr="X No caches to delete", status=1)
    for entry in found:
        end = _deleted(str(entry["id"]), place, f"{target}/{entry['id']}", world)
        if end is not None:
            return end
    return ToolEnd()


def _refused(what: str, target: str, reply: ApiReply) -> ToolEnd:
    return ToolEnd(stderr=f"X Failed to {what}: {_told(target, reply)}", status=1)


def _told(target: str, reply: ApiReply) -> str:
    """How gh tells of a refusal: github.com/cli/go-gh, pkg/api/errors.go."""
    document = reply.document if isinstance(reply.document, dict) else {}
    return f"HTTP {reply.status}: {document.get('message', '')} ({API_URL}{target})"
