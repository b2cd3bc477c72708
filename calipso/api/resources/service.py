"""The service itself: is it well, what does it count, what can it be asked."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ...version import version
from ..answer import Answer, Text
from ..call import Call
from ..documents import Exact
from ..metrics import CONTENT_TYPE
from ..openapi import openapi
from ..route import Access, Route, all_routes


class Health(Exact):
    """That it is well."""

    status: Literal["ok"]
    version: str


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


def health(_call: Call) -> Answer:
    """Tell that this process answers. It asks nobody else."""
    return Answer({"status": "ok", "version": version()})


def ready(call: Call) -> Answer:
    """Tell that requests can be served: that the database answers. If not, the status is 503."""
    call.store.ping()
    return Answer({"status": "ok", "version": version()})


def metrics(call: Call) -> Text:
    """Tell Prometheus how much was asked, and what there is in the environments that the caller may view."""
    return Text(call.metrics.text(call.store, call.visible()), CONTENT_TYPE)


def description(_call: Call) -> Answer:
    """Describe all that there is to ask: this document."""
    return Answer(openapi(all_routes()))


ROUTES = (
    Route("GET", "/health", health, Access.ANYONE, Health, asks_store=False),
    Route("GET", "/ready", ready, Access.ANYONE, Health),
    Route("GET", "/metrics", metrics, Access.LOGGED_IN, CONTENT_TYPE),
    Route("GET", "/openapi.json", description, Access.ANYONE, OpenApi, asks_store=False),
)
