"""Jobs that hand files to each other."""

from __future__ import annotations

JOBS = """
on: push
jobs:
  make:
    runs-on: ubuntu-latest
    strategy: {matrix: {n: [1, 2]}}
    steps:
      - run: mkdir -p "$RUNNER_TEMP/d" && touch "$RUNNER_TEMP/d/${{ matrix.n }}"
      - id: up
        uses: actions/upload-artifact@v7
        with: {name: "digests-${{ matrix.n }}", path: "${{ runner.temp }}/d/*", if-no-files-found: error}
  merge:
    needs: make
    runs-on: ubuntu-latest
    steps:
      - id: down
        uses: actions/download-artifact@v8
        with: {path: got, pattern: digests-*, merge-multiple: true}
      - {id: list, run: "ls got"}
"""


def test_legs_and_the_job_that_merges_them(bench):
    """What every leg uploads is there for the job that needs them."""
    results, conclusion = bench.run(JOBS)

    assert conclusion == "success"
    assert results[0].step("up").outputs["artifact-id"].isdecimal()
    assert results[2].step("list").log[-2:] == ("1", "2")


def test_a_missing_artifact_fails_the_step(bench):
    """In the action's words."""
    step = bench.job("- id: it\n  uses: actions/download-artifact@v8\n  with: {name: x}").step("it")

    assert step.error.startswith("Unable to download artifact(s): Artifact not found for name: x")


def test_an_upload_without_files(bench):
    """A warning, or the failure that is asked for."""
    steps = "- id: it\n  uses: actions/upload-artifact@v7\n  with: {{path: nowhere{more}}}"
    warned = bench.job(steps.format(more="")).step("it")
    failed = bench.job(steps.format(more=", if-no-files-found: error")).step("it")
    message = "No files were found with the provided path: nowhere. No artifacts will be uploaded."

    assert (warned.conclusion, warned.log[-1]) == ("success", f"Warning: {message}")
    assert (failed.conclusion, failed.error) == ("failure", message)


def test_files_that_a_stubbed_command_would_have_made(bench):
    """The artifact is assumed, and so is who downloads it."""
    text = JOBS.replace('mkdir -p "$RUNNER_TEMP/d" && touch "$RUNNER_TEMP/d/${{ matrix.n }}"', "npm run build")
    text = text.replace("pattern: digests-*, merge-multiple: true", "name: digests-1")
    results, conclusion = bench.run(text.replace("ls got", "'true'"))

    assert conclusion == "success"
    assert "would come from what is assumed" in results[0].step("up").assumptions[0].what
    assert "would come from what is assumed" in results[2].step("down").assumptions[0].what


OPAQUE = """
on: push
jobs:
  make:
    uses: octo/shared/.github/workflows/build.yml@v1
  list:
    needs: make
    runs-on: ubuntu-latest
    steps:
      - id: down
        uses: actions/download-artifact@v8
        with: {path: got, pattern: bin-*}
      - {id: in, run: cd got/*/}
      - {id: after, run: "false"}
"""


def test_files_that_an_assumed_job_would_have_uploaded(bench):
    """A download that finds none of them says so, and a script that misses them is assumed; no other failure is."""
    results, conclusion = bench.run(OPAQUE)
    job = results[-1]

    assert "what is downloaded would come from what is assumed" in job.step("down").assumptions[0].what
    assert (job.step("in").conclusion, job.step("after").conclusion) == ("success", "failure")
    assert conclusion == "failure"
