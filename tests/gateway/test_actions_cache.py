"""The Actions cache over HTTP, as BuildKit and actions/cache call it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_cicache.actionscache import READ_ONLY, CacheLimits, scope_access
from pytest_cicache.observation import CacheCall
from pytest_cicache.permissions import CacheMode

MAIN, PULL = "refs/heads/main", "refs/pull/7/merge"
TWIRP = "results-receiver.actions.githubusercontent.com/twirp/github.actions.results.api.v1.CacheService"
OLD = "artifactcache.actions.githubusercontent.com/any/_apis/artifactcache"


class Client:
    """A job that calls the cache service."""

    def __init__(self, simulation: Any, *readable: str, mode: CacheMode = CacheMode.WRITE) -> None:
        self.simulation = simulation
        access = scope_access(writable=readable[:1], readable=readable, mode=mode)
        self.token = simulation.state.actions_cache.issue("build", access)

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.token}", **{name.replace("_", "-"): headers[name] for name in headers}}
        return self.simulation.send(method, path, body, sent)

    def call(self, method: str, **fields: Any) -> Any:
        answer = self.raw("POST", f"/{self.simulation.name}/{TWIRP}/{method}", json.dumps({"version": "v", **fields}))
        return {"status": answer.status, **json.loads(answer.body)}

    def upload(self, url: str, body: bytes) -> Any:
        return self.raw("PUT", local(url), body, x_ms_blob_type="BlockBlob")

    def save(self, key: str, body: bytes) -> Any:
        url = self.call("CreateCacheEntry", key=key)["signed_upload_url"]
        assert self.upload(url, body).status == 201
        return self.call("FinalizeCacheEntryUpload", key=key, size_bytes=str(len(body)))

    def find(self, key: str, *restore_keys: str) -> Any:
        return self.call("GetCacheEntryDownloadURL", key=key, restore_keys=[key, *restore_keys])


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_what_one_job_saves_another_finds_and_reads(simulation: Any) -> None:
    saved = Client(simulation, MAIN).save("index-app-1-f921bd05#1", b"0123456789")
    reader = Client(simulation, PULL, MAIN)

    found = reader.find("index-app-1-f921bd05#")
    whole = reader.raw("GET", local(found["signed_download_url"]))
    part = reader.raw("GET", local(found["signed_download_url"]), x_ms_range="bytes=4-")

    assert (saved["ok"], saved["entry_id"]) == (True, "1")
    assert (found["ok"], found["matched_key"]) == (True, "index-app-1-f921bd05#1")
    assert (whole.status, whole.body) == (200, b"0123456789")
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, b"456789", "bytes 4-9/10")
    assert whole.headers["x-ms-request-id"]


def test_blocks_make_one_entry(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    url = local(client.call("CreateCacheEntry", key="big")["signed_upload_url"])

    for block, data in (("QQ==", b"hello "), ("Qg==", b"world")):
        assert client.raw("PUT", f"{url}&comp=block&blockid={block}", data).status == 201
    listed = "<BlockList><Latest>QQ==</Latest><Latest>Qg==</Latest></BlockList>"
    assert client.raw("PUT", f"{url}&comp=blocklist", listed).status == 201
    done = client.call("FinalizeCacheEntryUpload", key="big", size_bytes=11)

    assert done["ok"]
    assert client.raw("GET", local(client.find("big")["signed_download_url"])).body == b"hello world"


def test_a_large_block_is_taken_and_given_whole(simulation: Any) -> None:
    client, body = Client(simulation, MAIN), bytes(range(256)) * 20_000

    client.save("large", body)

    assert client.raw("GET", local(client.find("large")["signed_download_url"])).body == body


def test_a_pull_requests_entry_is_not_mains(simulation: Any) -> None:
    Client(simulation, PULL, MAIN).save("deps", b"x")

    assert Client(simulation, MAIN).find("deps")["ok"] is False
    assert Client(simulation, PULL, MAIN).find("deps")["ok"] is True


def test_a_read_only_token_is_refused_in_the_services_words(simulation: Any) -> None:
    refused = Client(simulation, MAIN, mode=CacheMode.READ).call("CreateCacheEntry", key="deps")

    assert refused == {"status": 200, "ok": False, "signed_upload_url": "", "message": READ_ONLY}
    assert simulation.state.actions_cache.records[-1].message == READ_ONLY


def test_a_taken_key_conflicts(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    client.save("deps", b"x")

    refused = client.call("CreateCacheEntry", key="deps")

    assert (refused["status"], refused["code"]) == (409, "already_exists")
    assert refused["msg"] == "cache entry with the same key, version, and scope already exists"


@pytest.mark.parametrize(
    ("method", "fields", "status", "code"),
    [
        ("DeleteEverything", {"key": "k"}, 404, "bad_route"),
        ("CreateCacheEntry", {"key": ""}, 400, "invalid_argument"),
        ("CreateCacheEntry", {"key": "k" * 513}, 400, "invalid_argument"),
        ("CreateCacheEntry", {"key": 7}, 400, "malformed"),
    ],
)
def test_bad_calls(simulation: Any, method: str, fields: dict[str, Any], status: int, code: str) -> None:
    answer = Client(simulation, MAIN).call(method, **fields)

    assert (answer["status"], answer["code"]) == (status, code)


def test_an_ended_token_is_nobodys(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    simulation.state.actions_cache.revoke(client.token)

    assert client.find("deps")["code"] == "unauthenticated"


def test_finishing_what_was_not_uploaded_is_not_ok(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    client.call("CreateCacheEntry", key="deps")

    assert client.call("FinalizeCacheEntryUpload", key="deps", size_bytes=1)["ok"] is False
    assert client.call("FinalizeCacheEntryUpload", key="other", size_bytes=1)["ok"] is False
    assert client.find("deps")["ok"] is False


def test_a_url_is_good_for_its_entry_and_purpose_alone(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    client.save("one", b"1")
    client.save("two", b"2")
    url = local(client.find("one")["signed_download_url"])

    other = client.raw("GET", url.replace("actions-cache/1", "actions-cache/2"))
    written = client.raw("PUT", url, b"changed")
    unsigned = client.raw("GET", url.partition("?")[0])

    assert {answer.status for answer in (other, written, unsigned)} == {403}
    assert other.headers["x-ms-error-code"] == "AuthenticationFailed"
    assert client.raw("GET", url).body == b"1"


def test_an_entry_is_not_written_again_by_its_old_url(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    url = client.call("CreateCacheEntry", key="deps")["signed_upload_url"]
    client.upload(url, b"first")
    client.call("FinalizeCacheEntryUpload", key="deps", size_bytes=5)

    late = client.upload(url, b"later")

    assert (late.status, late.headers["x-ms-error-code"]) == (404, "BlobNotFound")
    assert client.raw("GET", local(client.find("deps")["signed_download_url"])).body == b"first"


def test_a_block_list_with_an_unknown_block_is_refused(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    url = local(client.call("CreateCacheEntry", key="big")["signed_upload_url"])

    answer = client.raw("PUT", f"{url}&comp=blocklist", "<BlockList><Latest>QQ==</Latest></BlockList>")

    assert (answer.status, answer.headers["x-ms-error-code"]) == (400, "InvalidBlockList")


def test_a_range_behind_the_end_is_refused(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    client.save("one", b"1")

    answer = client.raw("GET", local(client.find("one")["signed_download_url"]), Range="bytes=1-")

    assert answer.status == 416


def test_the_first_version_saves_and_finds_too(simulation: Any) -> None:
    client, path = Client(simulation, MAIN), f"/{simulation.name}/{OLD}"

    missed = client.raw("GET", f"{path}/cache?keys=deps&version=v")
    reserved = json.loads(client.raw("POST", f"{path}/caches", json.dumps({"key": "deps-1", "version": "v"})).body)
    number = reserved["cacheId"]
    second = client.raw("PATCH", f"{path}/caches/{number}", b"world", Content_Range="bytes 6-10/*")
    first = client.raw("PATCH", f"{path}/caches/{number}", b"hello ", Content_Range="bytes 0-5/*")
    done = client.raw("POST", f"{path}/caches/{number}", json.dumps({"size": 11}))
    found = json.loads(client.raw("GET", f"{path}/cache?keys=other,deps-&version=v").body)
    again = client.raw("POST", f"{path}/caches", json.dumps({"key": "deps-1", "version": "v"}))

    assert [missed.status, second.status, first.status, done.status] == [204, 204, 204, 204]
    assert (found["cacheKey"], found["scope"]) == ("deps-1", MAIN)
    assert client.raw("GET", local(found["archiveLocation"])).body == b"hello world"
    assert again.status == 409
    assert "AlreadyExists" in json.loads(again.body)["typeKey"]


def test_records_say_who_asked_for_what(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    client.find("deps")
    client.save("deps-1", b"abc")
    client.raw("GET", local(client.find("deps-")["signed_download_url"]))

    records = simulation.state.actions_cache.records

    assert [(item.call, item.matched, item.scope, item.sent, item.received) for item in records] == [
        (CacheCall.LOOK_UP, None, None, 0, 0),
        (CacheCall.RESERVE, None, MAIN, 0, 0),
        (CacheCall.UPLOAD, None, MAIN, 3, 0),
        (CacheCall.FINISH, None, MAIN, 0, 0),
        (CacheCall.LOOK_UP, "deps-1", MAIN, 0, 0),
        (CacheCall.DOWNLOAD, None, MAIN, 0, 3),
    ]
    assert {item.status for item in records} == {200, 201}
    assert records[0].job == "build"


def test_what_is_being_read_is_not_dropped_under_the_reader(simulation: Any) -> None:
    client = Client(simulation, MAIN)
    body = bytes(range(256)) * 60_000
    client.save("large", body)
    url = local(client.find("large")["signed_download_url"])
    connection = http.client.HTTPConnection("127.0.0.1", simulation.gateway.port, timeout=10)
    connection.request("GET", url)
    answer = connection.getresponse()
    first = answer.read(1000)
    simulation.state.actions_cache.limits = CacheLimits(size=1)
    assert client.find("large")["ok"] is False

    assert first + answer.read() == body
    connection.close()
    assert client.raw("GET", url).status == 404


def test_other_simulations_have_other_caches(simulation: Any, simulate: Callable[..., Any]) -> None:
    Client(simulation, MAIN).save("deps", b"x")
    stranger = Client(simulate(), MAIN)

    assert stranger.find("deps")["ok"] is False
    assert simulation.send("POST", f"/nobody/{TWIRP}/CreateCacheEntry", "{}").status == 404


def test_unknown_paths_of_the_service_are_not_found(simulation: Any) -> None:
    client = Client(simulation, MAIN)

    assert client.raw("GET", f"/{simulation.name}/{TWIRP}/CreateCacheEntry").status == 404
    assert client.raw("POST", f"/{simulation.name}/{OLD}/unknown", b"{}").status == 404
