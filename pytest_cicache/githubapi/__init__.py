"""GitHub's REST API on the state of a simulation: packages and versions, Actions caches, the repository."""

from pytest_cicache.githubapi._api import ApiRecord, GitHubApi
from pytest_cicache.githubapi._caller import ApiCaller
from pytest_cicache.githubapi._curl import run_curl
from pytest_cicache.githubapi._endpoints import ENDPOINTS, ApiEndpoint
from pytest_cicache.githubapi._gh import run_gh
from pytest_cicache.githubapi._tool import Elsewhere, ToolEnd, ToolWorld
from pytest_cicache.githubapi._versions import PackageVersion, StoredManifest, VersionLedger, read_manifest
from pytest_cicache.githubapi._wire import API_HOST, API_URL, ApiCall, ApiReply, token_of
from pytest_cicache.githubapi._world import ApiCommit, ApiPackage, PackageSettings, RepositoryFacts

__all__ = [
    "API_HOST",
    "API_URL",
    "ENDPOINTS",
    "ApiCall",
    "ApiCaller",
    "ApiCommit",
    "ApiEndpoint",
    "ApiPackage",
    "ApiRecord",
    "ApiReply",
    "Elsewhere",
    "GitHubApi",
    "PackageSettings",
    "PackageVersion",
    "RepositoryFacts",
    "StoredManifest",
    "ToolEnd",
    "ToolWorld",
    "VersionLedger",
    "read_manifest",
    "run_curl",
    "run_gh",
    "token_of",
]
