"""The loopback server that stands where ghcr.io and the other registries stand."""

from pytest_cicache.gateway._api_settings import ApiSettings
from pytest_cicache.gateway._credential import Identity
from pytest_cicache.gateway._faults import Fault, Faults
from pytest_cicache.gateway._gateway import Gateway
from pytest_cicache.gateway._hosts import GHCR, RegistryHost
from pytest_cicache.gateway._packages import Owner, OwnerKind, Package, Role, Visibility
from pytest_cicache.gateway._recorder import Attribution, Recorder, Refusal
from pytest_cicache.gateway._rights import Denial
from pytest_cicache.gateway._settings import Settings
from pytest_cicache.gateway._state import LoginReply, RegistryState

__all__ = [
    "GHCR",
    "ApiSettings",
    "Attribution",
    "Denial",
    "Fault",
    "Faults",
    "Gateway",
    "Identity",
    "LoginReply",
    "Owner",
    "OwnerKind",
    "Package",
    "Recorder",
    "Refusal",
    "RegistryHost",
    "RegistryState",
    "Role",
    "Settings",
    "Visibility",
]
