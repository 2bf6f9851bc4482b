"""HTTP on loopback: a server and a client that meet without a socket where both are in the same event loop."""

from pytest_cicache.http._client import HttpClient
from pytest_cicache.http._message import CutError, Headers, HttpAnswer, HttpRequest, HttpResponse, NoAnswerError
from pytest_cicache.http._server import HttpServer

__all__ = [
    "CutError",
    "Headers",
    "HttpAnswer",
    "HttpClient",
    "HttpRequest",
    "HttpResponse",
    "HttpServer",
    "NoAnswerError",
]
