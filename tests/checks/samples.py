"""For each check a workflow in which it must find something at a line, and a twin in which it finds nothing.

A sample is named by its check, a further one of the same check with what it is about behind. A line that ends in
`# HERE` is the one that the finding is about; the twin is made from the sample by replacements.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HERE = "  # HERE"
HEAD = """\
on:
  push: {branches: [main]}
  pull_request:
permissions: {contents: read, packages: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: docker/setup-buildx-action@v3
"""
LOGIN = """\
      - uses: docker/login-action@v3
        with: {registry: ghcr.io, username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
"""
BUILD = """\
      - uses: docker/build-push-action@v6
        with:
          context: .
"""
ON_MAIN = "${{ github.event_name == 'push' && 'type=registry,ref=ghcr.io/octo-org/app:cache,mode=max' || '' }}"
IMPORT = "          cache-from: type=registry,ref=ghcr.io/octo-org/app:cache\n"
SOUND = f"{HEAD}{LOGIN}{BUILD}{IMPORT}          cache-to: {ON_MAIN}\n"
TWO_STAGES = """\
FROM debian:12 AS deps
COPY requirements.txt /
RUN pip install -r /requirements.txt
FROM debian:12
COPY --from=deps /lib /lib
COPY src /src
"""
MATRIX = """\
  build:
    strategy: {matrix: {variant: [one, two]}}
"""
GHA = "          cache-from: type=gha\n          cache-to: type=gha,mode=max\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """A repository's files; `twin` are the replacements that make it sound."""

    files: dict[str, str]
    twin: dict[str, str]
    others: dict[str, str] = field(default_factory=dict)


def _ci(text: str, twin: dict[str, str], **others: str) -> Sample:
    return Sample({"ci.yml": text}, twin, others)


ALWAYS = "type=registry,ref=ghcr.io/octo-org/app:cache,mode=max"
SAMPLES: dict[str, Sample] = {
    "not-simulated of a called workflow": Sample(
        {
            "ci.yml": f"on: push\njobs:\n  image:\n    uses: ./.github/workflows/image.yml{HERE}\n",
            "image.yml": SOUND.replace("  push: {branches: [main]}\n  pull_request:", "  workflow_call:").replace(
                "permissions: {contents: read, packages: write}\n", "permissions: read-all\n  - wrong\n"
            ),
        },
        {"  - wrong\n": ""},
    ),
    "not-simulated": _ci(SOUND.replace("runs-on", "run-on").replace("latest", f"latest{HERE}"), {"run-on": "runs-on"}),
    "fork-pr-export": _ci(
        f"{HEAD}{LOGIN}{BUILD}{IMPORT}          cache-to: {ALWAYS}{HERE}\n",
        {f"cache-to: {ALWAYS}": f"cache-to: {ON_MAIN}"},
    ),
    "fork-pr-export of an image": _ci(
        f"{SOUND}          tags: ghcr.io/octo-org/app:pr\n          push: true{HERE}\n",
        {"push: true": "push: ${{ github.event_name == 'push' }}"},
    ),
    "fork-pr-login": _ci(
        HEAD
        + f"      - uses: docker/login-action@v3{HERE}\n"
        + '        with: {username: "${{ secrets.HUB_USER }}", password: "${{ secrets.HUB_TOKEN }}"}\n'
        + BUILD
        + GHA,
        {"        with: {username": "        if: github.event_name == 'push'\n        with: {username"},
    ),
    "caller-grants-less": Sample(
        {
            "ci.yml": "on: {push: {branches: [main]}}\npermissions: {contents: read}\njobs:\n"
            f"  image:{HERE}\n    uses: ./.github/workflows/image.yml\n",
            "image.yml": SOUND.replace("  push: {branches: [main]}\n  pull_request:\n", "  workflow_call:\n"),
        },
        {"permissions: {contents: read}\n": "permissions: {contents: read, packages: write}\n"},
    ),
    "docker-driver-export": _ci(
        HEAD.replace("      - uses: docker/setup-buildx-action@v3\n", "")
        + BUILD
        + GHA.replace("mode=max", f"mode=max{HERE}"),
        {"      - uses: docker/build": "      - uses: docker/setup-buildx-action@v3\n      - uses: docker/build"},
    ),
    "invalid-reference": _ci(
        f"{SOUND}          push: ${{{{ github.event_name == 'push' }}}}\n"
        f"          tags: ghcr.io/octo-org/App:${{{{ github.ref_name }}}}{HERE}\n",
        {"octo-org/App:${{ github.ref_name }}": "octo-org/app:main"},
    ),
    "bare-word": _ci(
        f"{HEAD}{BUILD}          cache-to: inline{HERE}\n",
        {"cache-to: inline": "cache-to: type=inline"},
    ),
    "late-login": _ci(
        HEAD.replace("  pull_request:\n", "")
        + BUILD
        + IMPORT
        + f"          cache-to: {ALWAYS}\n"
        + LOGIN.replace("action@v3", f"action@v3{HERE}", 1),
        {BUILD: LOGIN + BUILD},
    ),
    "read-only-cache": _ci(
        HEAD.replace("  pull_request:", "  pull_request: {types: [closed]}")
        + BUILD
        + GHA.replace("mode=max", f"mode=max{HERE}"),
        {"cache-to: type=gha,mode=max": "cache-to: ${{ github.event_name == 'push' && 'type=gha,mode=max' || '' }}"},
    ),
    "untrusted-write": _ci(
        HEAD.replace("pull_request:", "pull_request_target:").replace(
            "checkout@v5",
            "checkout@v5\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n"
            "          allow-unsafe-pr-checkout: true",
        )
        + LOGIN
        + BUILD
        + IMPORT
        + f"          cache-to: {ALWAYS}{HERE}\n",
        {f"cache-to: {ALWAYS}": f"cache-to: {ON_MAIN}"},
    ),
    "cache-overwrites-image": _ci(
        f"{HEAD.replace('  pull_request:', '')}{LOGIN}{BUILD}{IMPORT}"
        f"          push: true\n          tags: ghcr.io/octo-org/app:cache\n          cache-to: {ALWAYS}{HERE}\n",
        {"tags: ghcr.io/octo-org/app:cache": "tags: ghcr.io/octo-org/app:main"},
    ),
    "pr-never-hits": _ci(
        f"{HEAD}{LOGIN}{BUILD}          cache-from: |\n"
        "            type=registry,ref=ghcr.io/octo-org/app:${{ github.event_name == 'push' && 'cache' || 'other' }}"
        f"{HERE}\n          cache-to: {ON_MAIN}\n",
        {"'cache' || 'other'": "'cache' || 'cache'"},
    ),
    "pr-never-hits for an argument": _ci(
        SOUND.replace(
            "cache-from: ", "build-args: LEAN=${{ github.event_name == 'push' }}\n          cache-from: "
        ).replace("app:cache\n", f"app:cache{HERE}\n"),
        {"LEAN=${{ github.event_name == 'push' }}": "LEAN=true"},
        Dockerfile="FROM debian:12\nARG LEAN\nRUN make\nRUN make test\n",
    ),
    "main-never-writes": _ci(
        HEAD.replace("  push: {branches: [main]}\n", "") + BUILD + GHA.replace("type=gha\n", f"type=gha{HERE}\n"),
        {"on:\n": "on:\n  push: {branches: [main]}\n"},
    ),
    "main-never-writes for tags": _ci(
        HEAD.replace("  push: {branches: [main]}\n  pull_request:\n", "  push: {branches: [next], tags: ['v*']}\n")
        + BUILD
        + GHA.replace("type=gha\n", f"type=gha{HERE}\n"),
        {"push: {branches: [next], tags": "push: {branches: [main], tags"},
    ),
    "import-without-export": _ci(
        f"{SOUND.replace(IMPORT, '')}          cache-from: |\n"
        "            type=registry,ref=ghcr.io/octo-org/app:cache\n"
        f"            type=registry,ref=ghcr.io/octo-org/app:old{HERE}\n",
        {"            type=registry,ref=ghcr.io/octo-org/app:old\n": ""},
    ),
    "import-without-export that another repository's workflow might export": _ci(
        f"{HEAD}{BUILD}          cache-from: type=gha,scope=build-linux-amd64{HERE}\n",
        {
            "jobs:\n": "jobs:\n  image: {uses: octo-tools/builder/.github/workflows/bake.yml@v1}\n",
        },
    ),
    "read-only-cache after a push": _ci(
        HEAD.replace(
            "  push: {branches: [main]}\n  pull_request:", "  workflow_run: {workflows: [CI], branches: [main]}"
        )
        + BUILD
        + GHA.replace("mode=max", f"mode=max{HERE}"),
        {"workflow_run: {workflows: [CI], branches: [main]}": "push: {branches: [main]}"},
    ),
    "repeat-not-cached": _ci(
        SOUND.replace("build-push-action@v6", f"build-push-action@v6{HERE}")
        + "          build-args: REVISION=${{ github.sha }}\n",
        {"          build-args: REVISION=${{ github.sha }}\n": ""},
        Dockerfile="FROM debian:12\nARG REVISION\nRUN make $REVISION\nRUN make test\n",
    ),
    "shared-cache": _ci(
        SOUND.replace("  build:\n", MATRIX)
        .replace(ON_MAIN, ON_MAIN + HERE)
        .replace("context: .", "context: .\n          target: ${{ matrix.variant }}"),
        {
            "app:cache": "app:cache-${{ matrix.variant }}",
            "'type=registry,ref=ghcr.io/octo-org/app:cache-${{ matrix.variant }},mode=max'": "format('type=registry,"
            "ref=ghcr.io/octo-org/app:cache-{0},mode=max', matrix.variant)",
        },
        Dockerfile="FROM debian:12 AS one\nRUN make one\nFROM debian:12 AS two\nRUN make two\n",
    ),
    "shared-cache of jobs side by side": _ci(
        HEAD
        + BUILD
        + GHA.replace("mode=max", f"mode=max{HERE}")
        + "  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n"
        + "      - uses: docker/setup-buildx-action@v3\n"
        + BUILD.replace("context: .", "context: .\n          file: test.Dockerfile")
        + GHA,
        {"file: test.Dockerfile": "file: Dockerfile"},
        **{"test.Dockerfile": "FROM debian:12\nRUN make test\n"},
    ),
    "platform-overwrites-cache of legs side by side": _ci(
        HEAD.replace("  build:\n", "  build:\n    strategy: {matrix: {platform: [linux/amd64, linux/arm64]}}\n")
        + BUILD.replace("context: .", "context: .\n          platforms: ${{ matrix.platform }}")
        + GHA.replace("mode=max", f"mode=max{HERE}"),
        {
            "cache-from: type=gha": "cache-from: type=gha,scope=${{ matrix.platform }}",
            "mode=max": "mode=max,scope=${{ matrix.platform }}",
        },
    ),
    "platform-overwrites-cache": _ci(
        SOUND.replace("  build:\n", "  build:\n    strategy: {matrix: {platform: [linux/amd64, linux/arm64]}}\n")
        .replace(ON_MAIN, ON_MAIN + HERE)
        .replace("context: .", "context: .\n          platforms: ${{ matrix.platform }}"),
        {
            "app:cache\n": "app:cache-${{ matrix.platform == 'linux/arm64' && 'arm' || 'amd' }}\n",
            "'type=registry,ref=ghcr.io/octo-org/app:cache,mode=max'": "format('type=registry,ref=ghcr.io/octo-org/app:"
            "cache-{0},mode=max', matrix.platform == 'linux/arm64' && 'arm' || 'amd')",
        },
    ),
    "min-mode": _ci(
        SOUND.replace(",mode=max' || '' }}", f"' || '' }}}}{HERE}"),
        {"app:cache' ||": "app:cache,mode=max' ||"},
        Dockerfile=TWO_STAGES,
    ),
    "hidden-failure": _ci(
        f"{HEAD.replace(', packages: write', '')}{LOGIN}{BUILD}{IMPORT}"
        f"          cache-to: {ALWAYS},ignore-error=true{HERE}\n",
        {"{contents: read}": "{contents: read, packages: write}"},
    ),
    "unknown-attribute": _ci(
        f"{SOUND}".replace("mode=max'", "mode=max,ignore-errors=true'").replace("|| '' }}", f"|| '' }}}}{HERE}"),
        {"ignore-errors": "ignore-error"},
    ),
    "unknown-input": _ci(
        SOUND.replace("cache-to:", "cache_to:").replace(ON_MAIN, ON_MAIN + HERE).replace(IMPORT, ""),
        {"cache_to": IMPORT.strip() + "\n          cache-to"},
    ),
    "wrong-guard": _ci(
        f"{SOUND}          tags: ghcr.io/octo-org/app:main\n"
        f"          push: ${{{{ github.repository == 'octo-org/app' }}}}{HERE}\n",
        {"github.repository == 'octo-org/app'": "github.event_name == 'push'"},
    ),
    "always-true-guard": _ci(
        SOUND.replace(
            BUILD,
            BUILD.replace(
                "        with:", f"        if: ${{{{ github.event_name == 'push' }}}} || false{HERE}\n        with:"
            ),
        ),
        {"${{ github.event_name == 'push' }} || false": "github.event_name == 'push' || false"},
    ),
    "undeclared-permissions": _ci(
        HEAD.replace("permissions: {contents: read, packages: write}\n", "").replace("  build:\n", f"  build:{HERE}\n")
        + LOGIN
        + BUILD
        + IMPORT
        + f"          cache-to: {ON_MAIN}\n",
        {"jobs:": "permissions: {contents: read, packages: write}\njobs:"},
    ),
    "unbounded-tags": _ci(
        f"{HEAD}{LOGIN}{BUILD}          cache-from: |\n            type=registry,ref=ghcr.io/octo-org/app:cache\n"
        "          cache-to: type=registry,ref=ghcr.io/octo-org/app:${{ github.event_name == 'push' && 'cache' || "
        f"format('pr-{{0}}', github.event.number) }}}},mode=max,ignore-error=true{HERE}\n",
        {"jobs:": "env: {NOTE: actions/delete-package-versions in another place}\njobs:"},
    ),
    "never-rotates": _ci(
        SOUND.replace("build-push-action@v6", f"build-push-action@v6{HERE}"),
        {
            "on:\n": "on:\n  schedule: [{cron: '0 3 * * 1'}]\n",
            "github.event_name == 'push'": "github.event_name != 'pull_request'",
            BUILD: BUILD + "          no-cache: ${{ github.event_name == 'schedule' }}\n",
        },
        Dockerfile="FROM debian:12\nRUN apt-get update && apt-get -y upgrade\n",
    ),
}
