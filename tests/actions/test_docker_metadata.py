"""docker/metadata-action: tags by event and rule, labels, outputs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pytest_cicache.actions import ActionCall, ActionReference, interpret
from pytest_cicache.errors import UnsupportedError, UsageError

SHA = "860c1904" + "0" * 32
NOW = datetime(2026, 11, 1, 10, 20, tzinfo=UTC)


def describe(ref: str, tags: str = "", *, flavor: str = "", event: str = "push", **more: object):
    """Run the action for image ghcr.io/O/A under an event at a ref."""
    inputs = {"images": "ghcr.io/O/A", "tags": tags, "flavor": flavor, **more.pop("inputs", {})}
    payload = {
        "number": 7,
        "base_ref": "refs/heads/rel",
        "repository": {"default_branch": "main", "name": "A", "html_url": "https://github.com/O/A"},
        "pull_request": {"base": {"ref": "dev"}, "head": {"sha": "h" * 40}},
    }
    github = {"event_name": event, "ref": ref, "sha": SHA, "event": payload}
    reference = ActionReference.parse("docker/metadata-action@v6")
    effect = interpret(ActionCall(reference=reference, inputs=inputs, github=github, now=NOW, **more))
    assert effect is not None
    return effect


def printed(effect) -> list[str]:
    """The tags without the image."""
    return [tag.removeprefix("ghcr.io/o/a:") for tag in effect.outputs["tags"].split("\n") if tag]


SEMVER = "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}\ntype=semver,pattern={{major}}"
MAIN, DEV, V123 = "refs/heads/main", "refs/heads/dev", "refs/tags/v1.2.3"
PULL = "refs/pull/7/merge"


@pytest.mark.parametrize(
    ("event", "ref", "tags", "flavor", "expected"),
    [
        ("push", MAIN, "", "", "main"),
        ("push", "refs/heads/feature/X_y", "", "", "feature-X_y"),
        ("push", V123, "", "", "v1.2.3 latest"),
        ("release", V123, "", "", "v1.2.3 latest"),
        ("push", "refs/tags/rel/1", "", "", "rel-1 latest"),
        ("pull_request", PULL, "", "", "pr-7"),
        ("pull_request_target", MAIN, "", "", "pr-7"),
        ("pull_request", DEV, "", "", "dev"),
        ("pull_request", "dev", "", "", ""),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-abc", "", "", "gh-readonly-queue-main-pr-7-abc"),
        ("schedule", MAIN, "", "", "nightly main"),
        ("workflow_dispatch", MAIN, "", "", "main"),
        ("push", V123, SEMVER, "", "1.2.3 1.2 1 latest"),
        ("push", "refs/tags/v1.2.3-rc.1", SEMVER, "", "1.2.3-rc.1"),
        ("push", "refs/tags/v1.2.3-rc.1", "type=semver,pattern={{raw}}", "", "v1.2.3-rc.1"),
        (
            "push",
            "refs/tags/v1.2.3-rc.1",
            "type=semver,pattern={{version}}\ntype=ref,event=tag",
            "",
            "1.2.3-rc.1 v1.2.3-rc.1",
        ),
        ("push", "refs/tags/v1.2.3-rc.1", "type=match,pattern=v(.*),group=1", "", "1.2.3-rc.1 latest"),
        (
            "push",
            "refs/tags/v1.2.3+b.5",
            "type=semver,pattern={{version}}\ntype=semver,pattern={{raw}}",
            "",
            "1.2.3 v1.2.3-b.5 latest",
        ),
        ("push", "refs/tags/v1.2", SEMVER, "", ""),
        ("push", "refs/tags/1.2.3rc1", "type=pep440,pattern={{version}}", "", "1.2.3rc1"),
        ("push", "refs/tags/1.2.3.post1", "type=pep440,pattern={{major}}.{{minor}}", "", "1.2.3.post1"),
        ("push", "refs/tags/v1.2", "type=pep440,pattern={{major}}.{{minor}}.{{patch}}", "", "1.2.0 latest"),
        (
            "push",
            "refs/tags/V1.2-Alpha",
            "type=pep440,pattern={{raw}}\ntype=pep440,pattern={{version}}",
            "",
            "V1.2-Alpha 1.2a0",
        ),
        ("push", "refs/tags/1!2.0", "type=pep440,pattern={{version}}", "", "1-2.0 latest"),
        ("push", "refs/tags/1.0.dev3", "type=pep440,pattern={{version}}", "", "1.0.dev3"),
        ("push", MAIN, "type=pep440,pattern={{version}}", "", ""),
        ("push", "refs/tags/v1.2.x", "type=pep440,pattern={{version}}", "", ""),
        ("push", "refs/tags/1.2.3", "type=semver,pattern=v{{version}}", "", "v1.2.3 latest"),
        ("push", "refs/tags/app/v1.2.3", "type=semver,pattern={{version}},match=app/(.*)", "", "1.2.3 latest"),
        ("push", MAIN, "type=semver,pattern={{version}},value=v9.8.7", "", "9.8.7 latest"),
        ("push", V123, r"type=match,pattern=\d+.\d+", "", "1.2 latest"),
        ("push", V123, r"type=match,pattern=/V(\d)/i,group=1", "", "1 latest"),
        ("push", MAIN, "type=edge\ntype=sha", "", "edge sha-860c190"),
        ("push", MAIN, "type=sha,format=long,prefix=", "", SHA),
        ("push", MAIN, "type=raw,value=latest,enable={{is_default_branch}}\ntype=sha", "", "latest sha-860c190"),
        ("push", DEV, "type=raw,value=latest,enable={{is_default_branch}}\ntype=sha", "", "sha-860c190"),
        (
            "schedule",
            MAIN,
            "type=schedule,pattern={{commit_date 'YYYYMMDD-HHmm' tz='Asia/Tokyo'}}",
            "",
            "20261101-1920",
        ),
        (
            "pull_request",
            PULL,
            "type=ref,event=pr\ntype=sha",
            "prefix=p-\nsuffix=-alpine",
            "pr-7-alpine sha-860c190-alpine",
        ),
        (
            "push",
            DEV,
            "type=ref,event=branch\ntype=raw,value=x,suffix=",
            "suffix=-alpine,onlatest=true\nlatest=true",
            "dev-alpine x latest-alpine",
        ),
        ("push", "refs/tags/v1.0.0", "type=semver,pattern={{version}}\nlatest", "", "1.0.0 latest latest"),
        ("push", "refs/tags/v1.0.0", "type=semver,pattern={{version}}\ntype=raw,value=x,priority=1000", "", "x 1.0.0"),
        ("push", MAIN, "type=ref,event=branch", "latest=true", "main latest"),
        ("push", MAIN, "type=ref,event=tag", "latest=true", ""),
        (
            "push",
            "refs/heads/a&b",
            "type=raw,value={{branch}}\ntype=raw,value={{{branch}}}-x\ntype=ref,event=branch",
            "",
            "a-b a-amp-b a-b-x",
        ),
        ("pull_request", PULL, "type=raw,value={{base_ref}}-{{sha}}-{{branch}}-{{tag}}", "", "dev-860c190--"),
        ("push", MAIN, "a b/c\ntype=raw,value=a=b", "", "a-b-c a-b"),
        ("push", MAIN, "type=raw,value=", "", ""),
        ("push", MAIN, "type=raw,value=,prefix=p", "", "p"),
        ("push", MAIN, "# a comment\ntype=raw,value=x\n", "", "x"),
        ("push", V123, "type=raw,value={{base_ref}}", "", "rel"),
        ("push", MAIN, "type=match,pattern=x", "", ""),
        ("push", MAIN, "type=match,pattern=x,value=y", "", ""),
        ("push", MAIN, "type=match,pattern=y,value=y,group=1", "", ""),
        ("push", V123, "type=semver,pattern={{version}},match=x(y)", "", "1.2.3 latest"),
        ("push", MAIN, "type=raw,value={{nothing}}x", "", "x"),
        ("schedule", MAIN, "type=schedule,pattern={{branch}}x", "", "x"),
        ("push", MAIN, "type=raw,value={{date '[at] H' tz='No/Where'}}", "", "at-10"),
        ("push", V123, r"type=match,pattern=v(?<all>\d+).*,group=1", "", "1 latest"),
        ("push", MAIN, "type=raw,value=a,priority=no\ntype=raw,value=b,priority=201", "", "b a"),
        ("push", MAIN, "x", "onlatest=true\nlatest=true", "x latest"),
        ("push", MAIN, "x", "prefix=p-,onlatest=true\nlatest=true", "p-x p-latest"),
        ("push", MAIN, "type=raw,value={{date 'YYYY-MM-DD'}}", "", "2026-11-01"),
    ],
)
def test_tags(event, ref, tags, flavor, expected):
    """What each rule gives under each event (the vectors of the reference)."""
    assert printed(describe(ref, tags, flavor=flavor, event=event)) == expected.split()


@pytest.mark.parametrize(
    ("tags", "flavor", "message"),
    [
        ("type=x", "", "Unknown tag type attribute: x"),
        ("type=semver", "", "Missing pattern attribute for type=semver"),
        ("type=pep440", "", "Missing pattern attribute for type=pep440"),
        ("type=ref", "", "Missing event attribute for type=ref"),
        ("type=ref,event=x", "", "Invalid event for type=ref,event=x"),
        ("type=raw", "", "Missing value attribute for type=raw"),
        ("type=match,pattern=x,group=y", "", "Invalid match group for type=match,pattern=x,group=y"),
        ("type=sha,format=x", "", "Invalid format for type=sha,format=x"),
        ("type=raw,value=x,enable=TRUE", "", "Invalid value for enable attribute: TRUE"),
        ("", "latest=yes", "Invalid latest flavor entry: latest=yes"),
        ("", "x=y", "Unknown flavor entry: x=y"),
        ("", "x", "Invalid flavor entry: x"),
        ("", "prefix=a,onlatest=1", "Invalid value for onlatest attribute: 1"),
    ],
)
def test_wrong_inputs(tags, flavor, message):
    """The action's own messages, even for a rule that would not count."""
    with pytest.raises(UsageError, match=f"^{message}$"):
        describe(MAIN, tags, flavor=flavor)


def test_a_quote_inside_a_field():
    """Lines are read as CSV a second time, strictly."""
    with pytest.raises(UsageError, match=r"^Invalid Opening Quote: "):
        describe(MAIN, 'type=raw,value="a"')


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"a', "^Quote Not Closed: the parsing is finished with an opening quote at line 1$"),
        ("type=match,pattern=(,value=x", "^Invalid regular expression: /[(]/: "),
    ],
    ids=["quote", "pattern"],
)
def test_lines_that_cannot_be_read(line, message):
    """A quote without its end, and a pattern that is none."""
    with pytest.raises(UsageError, match=message):
        describe(MAIN, line)


def test_warnings_of_match():
    """A pattern that does not fit, and a group that is not there."""
    effect = describe(MAIN, "type=match,pattern=x,value=y\ntype=match,pattern=y,value=y,group=1")

    assert effect.log[:2] == ("Warning: x does not match y.", "Warning: Group 1 does not exist for y pattern.")


def test_no_tag_is_warned_of():
    """The step passes with empty outputs and two warnings, after those of the rules."""
    effect = describe("refs/tags/v1.2", "type=semver,pattern={{version}}")

    assert (effect.error, effect.outputs["tags"], effect.outputs["version"]) == (None, "", "")
    assert effect.log == (
        "Warning: v1.2 is not a valid semver. More info: https://semver.org/",
        "Warning: No Docker image version has been generated. Check tags input.",
        "Warning: No Docker tag has been generated. Check tags input.",
    )


@pytest.mark.parametrize(
    ("images", "tags"),
    [
        ("a/B\nghcr.io/C", ["a/b:main", "ghcr.io/c:main"]),
        ("a,b", ["a:main", "b:main"]),
        ("name=a,enable=false\nname=b", ["b:main"]),
        ("", ["main"]),
    ],
)
def test_images(images, tags):
    """Names in lower case, each with every tag; bare tags without images."""
    assert describe(MAIN, inputs={"images": images}).outputs["tags"].split("\n") == tags


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ("name=a,x=y", "Unknown image attribute: name=a,x=y"),
        ("name=a,enable=yes", "Invalid enable attribute value: name=a,enable=yes"),
        ("name=,enable=true", "Image name attribute empty: name=,enable=true"),
    ],
)
def test_wrong_images(images, message):
    """The action's own messages."""
    with pytest.raises(UsageError, match=f"^{message}$"):
        describe(MAIN, inputs={"images": images})


def test_labels_and_annotations():
    """The eight of the specification, then the custom ones; sorted, the last of a key wins."""
    effect = describe(MAIN, inputs={"labels": "b=1\nb={{branch}}\nnothing"})
    labels = dict(line.split("=", 1) for line in effect.outputs["labels"].split("\n"))

    assert list(labels) == sorted(labels)
    assert labels["b"] == "main"
    assert labels["org.opencontainers.image.version"] == "main"
    assert labels["org.opencontainers.image.revision"] == SHA
    assert labels["org.opencontainers.image.source"] == "https://github.com/O/A"
    assert labels["org.opencontainers.image.created"] == "2026-11-01T10:20:00.000Z"
    assert "nothing" not in labels
    assert effect.outputs["annotations"].split("\n")[0] == "manifest:b=main"


def test_outputs_are_variables_too():
    """Later steps see every output in their environment, unless that is switched off."""
    effect = describe(MAIN)

    assert effect.variables["DOCKER_METADATA_OUTPUT_TAG_NAMES"] == "main"
    assert json.loads(effect.variables["DOCKER_METADATA_OUTPUT_JSON"])["tags"] == ["ghcr.io/o/a:main"]
    assert describe(MAIN, environment={"DOCKER_METADATA_SET_OUTPUT_ENV": "false"}).variables == {}


def test_separators():
    """A separator stands between tags, between labels."""
    effect = describe(V123, inputs={"sep-tags": ","})

    assert effect.outputs["tags"] == "ghcr.io/o/a:v1.2.3,ghcr.io/o/a:latest"


def test_the_head_of_a_pull_request():
    """A switch gives the head's sha instead of the merge commit's."""
    effect = describe(PULL, "type=sha", event="pull_request", environment={"DOCKER_METADATA_PR_HEAD_SHA": "true"})

    assert printed(effect) == ["sha-hhhhhhh"]


@pytest.mark.parametrize(
    ("tags", "inputs", "match"),
    [
        ("", {"context": "git"}, "'context: git'"),
        ("type=raw,value={{date 'dddd'}}", {}, "'dddd' in the date format"),
    ],
)
def test_not_simulated(tags, inputs, match):
    """What is not simulated is named."""
    with pytest.raises(UnsupportedError, match=match):
        describe(MAIN, tags, inputs=inputs)


def test_another_context():
    """The action knows two."""
    assert describe(MAIN, inputs={"context": "foo"}).error == "Invalid context source: foo"
