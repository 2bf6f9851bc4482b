"""The fixture `github_api`: the API in the test and in its subprocesses, and nothing of it afterwards."""

from __future__ import annotations

import pytest

TEST = """\
import os
import subprocess
import sys

import pytest
import requests

def test_it_answers_in_process_and_by_url(github_api, cicache):
    cicache.package("octo-org/app", visibility="public")
    headers = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"}
    url = "/orgs/octo-org/packages?package_type=container"
    assert os.environ["GITHUB_API_URL"] == github_api.url
    assert requests.get(f"https://api.github.com{url}", headers=headers, timeout=5).json()[0]["name"] == "app"
    script = (
        "import os, urllib.request as u;"
        "r = u.Request(os.environ['GITHUB_API_URL'] + '/rate_limit');"
        "print(u.urlopen(r).status)"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True, timeout=60) == "200\\n"
    assert [call.status for call in github_api.calls] == [200, 200]
    with pytest.raises(requests.ConnectionError):
        requests.get("https://example.org", timeout=5)

def test_it_is_gone_afterwards():
    assert not os.environ.get("GITHUB_API_URL", "").startswith("http://127.0.0.1")
"""


def test_the_fixture(repository: pytest.Pytester) -> None:
    repository.makepyfile(TEST)

    repository.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=2)
