"""Actions whose inputs nobody knows."""

from __future__ import annotations

import pytest

from pytest_cicache.actions import ActionCall, ActionReference, interpret
from pytest_cicache.errors import UnsupportedError, UsageError
from pytest_cicache.expressions import show_unknown, unknown

GITHUB = {"event_name": "push", "ref": "refs/tags/v1.2.3", "sha": "a" * 40, "event": {}}
NOBODY_KNOWS = unknown("steps.plan.outputs.x")


def effect_of(action: str, **inputs: str):
    reference = ActionReference.parse(action)
    return interpret(
        ActionCall(reference=reference, inputs={k.replace("_", "-"): v for k, v in inputs.items()}, github=GITHUB)
    )


def tags_of(rules: str, **inputs: str) -> list[str]:
    """As a person reads them, without the image."""
    made = effect_of("docker/metadata-action@v6", images="o/a", tags=rules, **inputs)
    return [show_unknown(tag).removeprefix("o/a:") for tag in made.outputs["tags"].split("\n")]


X = "<steps.plan.outputs.x>"


@pytest.mark.parametrize(
    ("rules", "tags"),
    [
        (f"type=raw,value=a,enable={NOBODY_KNOWS}\ntype=raw,value=b", [X, "b"]),
        (f"type=ref,event=branch,enable={NOBODY_KNOWS}\ntype=raw,value=b", ["b"]),
        (f"type=semver,pattern={{{{major}}}},value={NOBODY_KNOWS}", [X]),
        (f"type=pep440,pattern={{{{major}}}},value={NOBODY_KNOWS}", [X]),
        (f"type=match,pattern=x(.),group=1,value={NOBODY_KNOWS}", [X]),
        (f"type=raw,value=a-{NOBODY_KNOWS}", [f"a-{X}"]),
    ],
)
def test_tags_of_metadata(rules, tags):
    """A tag that may be there or not, or is made of what is unknown, is unknown; the others stay."""
    assert tags_of(rules) == tags


def test_flavor_and_images_of_metadata():
    """`latest` and an image that may be there or not."""
    assert tags_of("type=raw,value=a", flavor=f"latest={NOBODY_KNOWS}") == ["a", X]
    made = effect_of("docker/metadata-action@v6", images=f"name=o/b,enable={NOBODY_KNOWS}", tags="type=raw,value=a")
    assert show_unknown(made.outputs["tags"]) == f"{X}:a"


def test_a_push_that_nobody_knows_is_taken_to_be_one():
    """It is said, and what is loaded instead is not."""
    made = effect_of("docker/build-push-action@v7", push=NOBODY_KNOWS, load=NOBODY_KNOWS, tags="o/a:b")

    assert "--push" in made.commands[-1].arguments
    assert "--load" not in made.commands[-1].arguments
    assert made.assumption == (
        "the input 'push' depends on steps.plan.outputs.x, and is taken as true; "
        "the input 'load' depends on steps.plan.outputs.x, and is taken as false"
    )


def test_what_is_refused_for_an_unknown_input_is_not_simulated():
    """What it would really be given, it might take; a wrong word that is known stays wrong."""
    with pytest.raises(UnsupportedError, match=r"what 'docker/setup-buildx-action' is given is not known here \(Input"):
        effect_of("docker/setup-buildx-action@v4", keep_state=NOBODY_KNOWS)
    with pytest.raises(UnsupportedError, match=r"'docker/metadata-action' is given is not known here"):
        effect_of("docker/metadata-action@v6", context=NOBODY_KNOWS)
    with pytest.raises(UsageError):
        effect_of("docker/setup-buildx-action@v4", keep_state="maybe")
