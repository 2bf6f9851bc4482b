"""curl, where it calls the API.

https://curl.se/docs/manpage.html
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from pytest_cicache.githubapi._tool import Elsewhere, ToolEnd, ToolWorld, split_options
from pytest_cicache.githubapi._wire import ApiCall, ApiReply

__all__ = ["run_curl"]

_VALUES = {
    **dict.fromkeys(("-X", "--request"), "request"),
    **dict.fromkeys(("-H", "--header"), "header"),
    **dict.fromkeys(("-d", "--data", "--data-ascii", "--data-binary"), "data"),
    "--data-raw": "data-raw",
    "--data-urlencode": "data-raw",
    "--json": "json",
    **dict.fromkeys(("-o", "--output"), "output"),
    **dict.fromkeys(("-D", "--dump-header"), "dump-header"),
    **dict.fromkeys(("-w", "--write-out"), "write-out"),
    **dict.fromkeys(("-u", "--user"), "user"),
    "--url": "url",
    "--oauth2-bearer": "bearer",
    **dict.fromkeys(
        ("-A", "--user-agent", "-m", "--max-time", "--connect-timeout", "--retry", "--retry-delay", "--retry-max-time"),
        "",
    ),
    **dict.fromkeys(("-e", "--referer", "--cacert", "-b", "--cookie", "-c", "--cookie-jar", "--max-redirs"), ""),
}
_FLAGS = {
    **dict.fromkeys(("-s", "--silent"), "silent"),
    **dict.fromkeys(("-S", "--show-error"), "show-error"),
    **dict.fromkeys(("-f", "--fail"), "fail"),
    "--fail-with-body": "fail-with-body",
    **dict.fromkeys(("-i", "--include", "--show-headers"), "include"),
    **dict.fromkeys(("-I", "--head"), "head"),
    **dict.fromkeys(("-G", "--get"), "get"),
    **dict.fromkeys(("-L", "--location", "-k", "--insecure", "-v", "--verbose", "--compressed"), ""),
    **dict.fromkeys(("--http1.1", "--http2", "-g", "--globoff", "--retry-all-errors", "--retry-connrefused"), ""),
    **dict.fromkeys(("-#", "--progress-bar", "-n", "--no-progress-meter", "-4", "-6", "-N", "--no-buffer"), ""),
}


def run_curl(words: Sequence[str], world: ToolWorld) -> ToolEnd:
    """Carry a call of curl out; raises Elsewhere where it does not aim at the API."""
    if not any(base in word for word in words for base in world.bases):
        raise Elsewhere("curl does not call GitHub's API")
    alone, options = split_options(words, values=_VALUES, flags=_FLAGS)
    urls = [*alone, *(value for name, value in options if name == "url")]
    if len(urls) != 1:
        raise Elsewhere("curl with several URLs is not simulated")
    base = next((base for base in world.bases if urls[0].startswith(base)), None)
    if base is None:
        raise Elsewhere("curl does not call GitHub's API")
    named = dict(options)
    call = _call(urls[0], base, options, world)
    reply = world.answer(call)
    return _end(call, reply, named)


def _call(url: str, base: str, options: Sequence[tuple[str, str]], world: ToolWorld) -> ApiCall:
    named = dict(options)
    body = b"&".join(_data(options, world))
    target = url[len(base) :].partition("#")[0]
    if "get" in named and body:
        target += ("&" if "?" in target else "?") + body.decode()
        body = b""
    usual = "HEAD" if "head" in named else "POST" if body else "GET"
    return ApiCall.read(
        named.get("request", usual), target, authorization=_authorization(options), body=body, base=base
    )


def _data(options: Sequence[tuple[str, str]], world: ToolWorld) -> Iterator[bytes]:
    for name, value in options:
        if name in ("data", "json") and value.startswith("@"):
            yield world.read(value[1:])
        elif name in ("data", "json", "data-raw"):
            yield value.encode()


def _authorization(options: Sequence[tuple[str, str]]) -> str:
    found = ""
    for name, value in options:
        header, _, text = value.partition(":")
        if name == "header" and header.strip().lower() == "authorization":
            found = text.strip()
        elif name == "user":
            found = f"Basic {base64.b64encode(value.encode()).decode()}"
        elif name == "bearer":
            found = f"Bearer {value}"
    return found


def _end(call: ApiCall, reply: ApiReply, named: dict[str, str]) -> ToolEnd:
    body = b"" if call.method == "HEAD" else reply.body(call.base)
    head = _head(reply)
    end = ToolEnd()
    fails = reply.status >= 400 and ("fail" in named or "fail-with-body" in named)
    shown = b"" if fails and "fail" in named else body
    if "include" in named or "head" in named:
        shown = head + shown
    if "dump-header" in named:
        end.files[named["dump-header"]] = head
    if "output" in named:
        end.files[named["output"]] = shown
    else:
        end.stdout = shown
    end.stdout += _written(named.get("write-out", ""), reply, len(body), call).encode()
    if fails:
        end.status = 22
        if "silent" not in named or "show-error" in named:
            end.stderr = f"curl: (22) The requested URL returned error: {reply.status}"
    return end


def _head(reply: ApiReply) -> bytes:
    headers = {"content-type": "application/json; charset=utf-8", **{k.lower(): v for k, v in reply.headers.items()}}
    lines = [f"HTTP/2 {reply.status} ", *(f"{name}: {value}" for name, value in headers.items())]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def _written(form: str, reply: ApiReply, size: int, call: ApiCall) -> str:
    values = {
        "http_code": f"{reply.status:03}",
        "response_code": f"{reply.status:03}",
        "size_download": str(size),
        "method": call.method,
        "url_effective": f"{call.base}{call.path}",
        "content_type": "application/json; charset=utf-8",
    }
    for name, value in values.items():
        form = form.replace(f"%{{{name}}}", value)
    return form.replace("\\n", "\n").replace("\\t", "\t").replace("%%", "%")
