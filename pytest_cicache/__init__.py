"""Simulate GitHub events, tokens and ghcr.io for the CI image caches of a repository's workflows."""

__version__ = "0.1.0"
