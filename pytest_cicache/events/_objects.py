"""The objects that GitHub's payloads are made of: users, organisations, repositories, commits, labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_cicache.events._ids import API, SERVER, node_id, number_id, tree_sha

if TYPE_CHECKING:
    from pytest_cicache.events._repository import Repository

__all__ = [
    "commit_object",
    "label_object",
    "organization_object",
    "reactions_object",
    "repository_object",
    "user_object",
]

JSON = dict[str, Any]
_CREATED = "2020-01-01T00:00:00Z"

_USER_URLS = {
    "followers_url": "followers",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "subscriptions_url": "subscriptions",
    "organizations_url": "orgs",
    "repos_url": "repos",
    "events_url": "events{/privacy}",
    "received_events_url": "received_events",
}
_REPOSITORY_URLS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}
_REPOSITORY_CONSTANTS: JSON = {
    "allow_forking": True,
    "archived": False,
    "custom_properties": {},
    "description": None,
    "disabled": False,
    "forks": 0,
    "forks_count": 0,
    "has_discussions": False,
    "has_downloads": True,
    "has_issues": True,
    "has_pages": False,
    "has_projects": True,
    "has_wiki": True,
    "homepage": None,
    "is_template": False,
    "language": None,
    "license": None,
    "mirror_url": None,
    "open_issues": 0,
    "open_issues_count": 0,
    "size": 0,
    "stargazers_count": 0,
    "topics": [],
    "watchers": 0,
    "watchers_count": 0,
    "web_commit_signoff_required": False,
}


def user_object(login: str, *, kind: str = "User") -> JSON:
    """Give the object of a user, an organisation as owner, or a bot (a login that ends in `[bot]`)."""
    api = f"{API}/users/{login}"
    account = "Bot" if login.endswith("[bot]") else kind
    identity = number_id("account", login)
    return {
        "login": login,
        "id": identity,
        "node_id": node_id("O" if account == "Organization" else "U", "account", login),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{identity}?v=4",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{SERVER}/{login}",
        "type": account,
        "user_view_type": "public",
        "site_admin": False,
    } | {name: f"{api}/{path}" for name, path in _USER_URLS.items()}


def organization_object(login: str) -> JSON:
    """Give the object of the organisation that owns a repository."""
    api = f"{API}/orgs/{login}"
    identity = number_id("account", login)
    return {
        "login": login,
        "id": identity,
        "node_id": node_id("O", "account", login),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{identity}?v=4",
        "description": "",
    }


def repository_object(repository: Repository, now: str) -> JSON:
    """Give the object of a repository; `now` is when it was last pushed to."""
    name = repository.full_name
    api, html = f"{API}/repos/{name}", f"{SERVER}/{name}"
    return (
        {
            "id": number_id("repository", name),
            "node_id": node_id("R", "repository", name),
            "name": repository.name,
            "full_name": name,
            "private": repository.visibility != "public",
            "visibility": repository.visibility,
            "owner": user_object(repository.owner, kind=repository.owner_type),
            "fork": repository.is_fork,
            "default_branch": repository.default_branch,
            "url": api,
            "html_url": html,
            "clone_url": f"{html}.git",
            "git_url": f"git://github.com/{name}.git",
            "ssh_url": f"git@github.com:{name}.git",
            "svn_url": html,
            "created_at": _CREATED,
            "updated_at": now,
            "pushed_at": now,
        }
        | _REPOSITORY_CONSTANTS
        | {key: f"{api}/{path}" for key, path in _REPOSITORY_URLS.items()}
    )


def _person(login: str) -> JSON:
    return {"name": login, "email": f"{login}@users.noreply.github.com", "username": login}


def commit_object(repository: Repository, sha: str, *, author: str, message: str, now: str) -> JSON:
    """Give the object of a commit as Actions sees it, without lists of files."""
    return {
        "id": sha,
        "tree_id": tree_sha(sha),
        "distinct": True,
        "message": message,
        "timestamp": now,
        "url": f"{SERVER}/{repository.full_name}/commit/{sha}",
        "author": _person(author),
        "committer": _person(author),
    }


def label_object(repository: Repository, name: str) -> JSON:
    """Give the object of a label."""
    key = f"{repository.full_name}/{name}"
    return {
        "id": number_id("label", key),
        "node_id": node_id("LA", "label", key),
        "url": f"{API}/repos/{repository.full_name}/labels/{name}",
        "name": name,
        "color": "ededed",
        "default": False,
        "description": None,
    }


def reactions_object(url: str) -> JSON:
    """Give the object that counts the reactions to an issue, a comment or a release: none."""
    kinds = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": f"{url}/reactions", "total_count": 0} | dict.fromkeys(kinds, 0)
