"""docker/setup-buildx-action and docker/setup-qemu-action."""

from __future__ import annotations

import json

import pytest

from pytest_cicache.errors import UnsupportedError

USES = "docker/setup-buildx-action@v4"
FLAGS = "--allow-insecure-entitlement security.insecure --allow-insecure-entitlement network.host"


def test_the_commands(use):
    """A builder is created with the default flags, used, booted, and removed at the end."""
    effect = use(USES)

    name = effect.outputs["name"]
    create, inspect = (command.arguments for command in effect.commands)
    assert name.startswith("builder-")
    assert create == (
        "buildx",
        "create",
        "--name",
        name,
        "--driver",
        "docker-container",
        "--buildkitd-flags",
        FLAGS,
        "--use",
    )
    assert inspect == ("buildx", "inspect", "--bootstrap", "--builder", name)
    assert [command.arguments for command in effect.post] == [("buildx", "rm", name)]
    assert effect.outputs["driver"] == "docker-container"
    assert json.loads(effect.outputs["nodes"])[0]["name"] == f"{name}0"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"name": "mine"}, ("--name", "mine")),
        ({"driver-opts": 'network=host\n"env.A=b,c"'}, ("--driver-opt", "network=host", "--driver-opt", '"env.A=b,c"')),
        ({"buildkitd-flags": "--debug"}, ("--buildkitd-flags", "--debug")),
        ({"platforms": "linux/amd64, linux/arm64"}, ("--platform", "linux/amd64,linux/arm64")),
        ({"buildkitd-config": "a.toml"}, ("--buildkitd-config", "a.toml")),
        ({"endpoint": "ctx"}, ("--use", "ctx")),
        ({"use": "false"}, ("--buildkitd-flags", FLAGS)),
    ],
)
def test_inputs(use, inputs, words):
    """Each input has its place on the command line."""
    arguments = use(USES, inputs=inputs).commands[0].arguments

    assert any(arguments[start : start + len(words)] == words for start in range(len(arguments)))
    assert ("--use" in arguments) is (inputs.get("use") != "false")


@pytest.mark.parametrize(
    ("inputs", "post"),
    [({"cleanup": "false"}, []), ({"keep-state": "true", "name": "n"}, [("buildx", "rm", "n", "--keep-state")])],
)
def test_cleaning_up(use, inputs, post):
    """The builder may stay, or its state."""
    assert [command.arguments for command in use(USES, inputs=inputs).post] == post


def test_the_docker_driver_creates_nothing(use):
    """The engine's own builder is the default one."""
    effect = use(USES, inputs={"driver": "docker"})

    assert (effect.commands, effect.outputs["name"], effect.outputs["driver"]) == ((), "default", "docker")
    assert (
        use(USES, inputs={"driver": "docker", "keep-state": "true"}).error == "Cannot use keep-state with docker driver"
    )


def test_names_differ_by_use_and_are_stable(use):
    """The same step of the same run has the same name, another one another."""
    assert use(USES, number=1).outputs == use(USES, number=1).outputs
    assert use(USES, number=1).outputs["name"] != use(USES, number=2).outputs["name"]


def test_append_is_not_simulated(use):
    """More nodes are named as not simulated."""
    with pytest.raises(UnsupportedError, match="the input 'append'"):
        use(USES, inputs={"append": "- endpoint: x"})


def test_setup_qemu_does_nothing(use):
    """It says why."""
    effect = use("docker/setup-qemu-action@v3")

    assert (effect.commands, effect.post) == ((), ())
    assert effect.note == "emulators do not matter where no build step runs"
