"""docker/login-action."""

from __future__ import annotations

import pytest

from pytest_cicache.errors import UnsupportedError, UsageError

GOOD = {"registry": "ghcr.io", "username": "u", "password": "p"}


@pytest.mark.parametrize(
    ("inputs", "login", "logout"),
    [
        pytest.param(
            GOOD, ["login", "--password-stdin", "--username", "u", "ghcr.io"], [("logout", "ghcr.io")], id="ghcr"
        ),
        pytest.param(
            {"username": "u", "password": "p"},
            ["login", "--password-stdin", "--username", "u", "docker.io"],
            [("logout",)],
            id="Docker Hub",
        ),
        pytest.param(
            {**GOOD, "logout": "false"}, ["login", "--password-stdin", "--username", "u", "ghcr.io"], [], id="stay"
        ),
    ],
)
def test_commands(use, inputs, login, logout):
    """The password is on stdin; the post step logs out."""
    effect = use("docker/login-action@v4", inputs=inputs)

    assert list(effect.commands[0].arguments) == login
    assert effect.commands[0].stdin == "p"
    assert [command.arguments for command in effect.post] == logout
    assert effect.commands[0].shown == "Login Succeeded!"


@pytest.mark.parametrize(
    ("version", "user", "password", "error"),
    [
        ("v4", "", "", "Username and password required"),
        ("v4", "u", "", "Password required"),
        ("v4", "", "p", "Username required"),
        ("v3", "u", "", "Password required"),
        ("v3.1.0", "u", "", "Username and password required"),
        ("v3.2.0", "u", "", "Password required"),
        ("v2", "u", "", "Username and password required"),
        ("8" * 40, "u", "", "Password required"),
    ],
)
def test_empty_credentials(use, version, user, password, error):
    """What a fork's pull request shows when a secret is missing; the post step still logs out."""
    inputs = {"registry": "ghcr.io", "username": user, "password": password}
    effect = use(f"docker/login-action@{version}", inputs=inputs)

    assert (effect.error, effect.commands) == (error, ())
    assert effect.post[0].arguments == ("logout", "ghcr.io")


@pytest.mark.parametrize(
    ("inputs", "match"),
    [
        ({**GOOD, "scope": "x"}, "the input 'scope'"),
        ({"registry-auth": "- x"}, "the input 'registry-auth'"),
        ({"registry": "123456789012.dkr.ecr.eu-west-1.amazonaws.com"}, "from AWS is not simulated"),
        ({"registry": "public.ecr.aws"}, "from AWS is not simulated"),
        ({**GOOD, "ecr": "true"}, "from AWS is not simulated"),
    ],
)
def test_not_simulated(use, inputs, match):
    """What needs another service is named."""
    with pytest.raises(UnsupportedError, match=match):
        use("docker/login-action@v4", inputs=inputs)


def test_a_wrong_logout(use):
    """`logout` is a boolean."""
    with pytest.raises(UsageError, match="specification: logout"):
        use("docker/login-action@v4", inputs={**GOOD, "logout": "no"})
