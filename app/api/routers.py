"""Routers of the faces for programs: whole paths, and what every route of a face may answer."""

from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.kit.asgi import StrictRoute
from app.kit.problems import ANY_TIME, problems


def of_agents(prefix: str, route_class: type[APIRoute] = StrictRoute) -> APIRouter:
    """For routes of installer agents."""
    return APIRouter(
        prefix=f"/api/v1{prefix}",
        tags=["agent"],
        route_class=route_class,
        responses=problems(*ANY_TIME),
        generate_unique_id_function=_name,
    )


def of_vendors(prefix: str, route_class: type[APIRoute] = StrictRoute) -> APIRouter:
    """For routes of vendors' own programs; agents have some verbs of the same name."""
    return APIRouter(
        prefix=f"/api/v1/vendor{prefix}",
        tags=["vendor"],
        route_class=route_class,
        responses=problems(*ANY_TIME),
        generate_unique_id_function=_name_of_vendors,
    )


def _name(route: APIRoute) -> str:
    return route.name


def _name_of_vendors(route: APIRoute) -> str:
    return f"vendor_{route.name}"
