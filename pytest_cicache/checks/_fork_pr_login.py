"""A fork's run fails at a login whose secrets a fork does not get.

https://docs.github.com/en/actions/reference/security/secrets: forks get none but a read-only `GITHUB_TOKEN`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_cicache.checks._behaviour import Behaviour, told_case
from pytest_cicache.checks._finding import Finding, Severity
from pytest_cicache.observation import Conclusion

__all__ = ["fork_pr_login"]

_CASES = ("fork_pr", "dependabot_pr")


def fork_pr_login(behaviour: Behaviour) -> Iterator[Finding]:
    """Find the logins that fail a fork's or Dependabot's run for want of a secret."""
    logins = {
        step.position.place
        for _, step in behaviour.steps()
        if step.uses is not None and step.uses.text.startswith("docker/login-action@")
    }
    found: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    for case in _CASES:
        run = behaviour.runs.get(case)
        for job in run.jobs if run is not None else ():
            for step in job.steps:
                if step.where in logins and step.conclusion is Conclusion.FAILURE and step.empty_secrets:
                    found.setdefault(step.where, []).append(case)
                    names[step.where] = [f"secrets.{secret.name}" for secret in step.empty_secrets]
    for where, cases in found.items():
        # What Dependabot has among its own secrets no file tells.
        is_sure = "fork_pr" in cases
        verb = "fail" if len(set(cases)) > 1 else "fails"
        is_one = len(names[where]) == 1
        unless = "" if is_sure else f", unless Dependabot has {'it' if is_one else 'them'} among its own secrets"
        yield Finding(
            check="fork-pr-login",
            severity=Severity.ERROR if is_sure else Severity.NOTE,
            message=f"{told_case(*cases)} {verb} at the login, because {' and '.join(names[where])} "
            f"{'is' if is_one else 'are'} empty there{unless}",
            cure="log in only where the secrets are, for instance `if: github.event_name != 'pull_request'`",
        ).at(where)
