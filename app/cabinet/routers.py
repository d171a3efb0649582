"""Routers of the cabinet: whole paths, and nothing of them in the description for programs."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.kit.web.forms import FormRoute


def pages(prefix: str = "", route_class: type[APIRoute] = FormRoute) -> APIRouter:
    """For pages of one noun."""
    return APIRouter(prefix=f"/cabinet{prefix}", route_class=route_class, include_in_schema=False)
