"""Where a job in act ends differently from GitHub and the runner `inprocess`: the test that shows it, and why.

docs/act.md tells the same to users.
"""

from __future__ import annotations

__all__ = ["BY_CHANCE", "DIFFERENCES", "IN_CONTAINERS"]

DIFFERENCES: dict[str, str] = {
    # The folders of a job.
    "test_the_workspace_is_named_as_on_a_hosted_runner": "act gives the workspace a name of its own",
    "test_a_missing_action_has_githubs_hint": "act gives the workspace a name of its own",
    # The processes of a job.
    "test_a_step_does_not_see_the_persons_environment[apart]": "act is among the processes that a step sees",
    "test_background_output_does_not_break_what_writes_it": "the terminal of a step ends with it",
    "test_legs_and_the_job_that_merges_them": "steps write to a terminal, which some programs do otherwise",
    # Variables and contexts.
    "test_a_step_sees_nothing_but_what_was_set": "act sets ACT=true",
    "test_the_steps_context": "steps without an id are in the steps context",
    "test_inputs_defaults_and_outputs": "an input that a composite action does not declare is dropped",
    "test_what_a_script_in_an_action_assumes_has_its_place": "it has the place of the step that uses the action",
    # What fails a step, and in which words.
    "test_what_cannot_be_evaluated_fails_the_step[if]": "act has words of its own",
    "test_what_cannot_be_evaluated_fails_the_step[env]": "act has words of its own",
    "test_a_missing_working_directory_fails_the_step": "act has words of its own",
    "test_a_broken_file_fails_the_step[output]": "act has words of its own",
    "test_a_broken_file_fails_the_step[env]": "act has words of its own",
    "test_node_options_are_refused_but_the_step_passes": "act takes NODE_OPTIONS from GITHUB_ENV",
    "test_a_large_summary_is_dropped_and_the_step_passes": "act takes a summary of any size",
    "test_a_disabled_command_fails_the_step": "act only warns of a disabled command",
    # Cancelled jobs.
    "test_fail_fast_cancels_the_legs_under_way": "act does not know that a job is cancelled: `cancelled()` is false",
}

# What is so in a container alone.
IN_CONTAINERS: dict[str, str] = {
    "test_an_allowed_command_runs_for_real": "it is the image's, which has none",
}

# When the terminal goes is left to chance.
BY_CHANCE = frozenset({"test_background_output_does_not_break_what_writes_it"})
