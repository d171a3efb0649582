"""Customers of another system as the lines of a table tell them."""

from typing import Annotated

from pydantic import StringConstraints

from app.customers.schemas import CreateCustomer
from app.kit.fields import RequiredLine, Said


class TakenCustomer(CreateCustomer):
    """A line: a customer, the name of its distributor, and a key that it has already."""

    line: int
    distributor: RequiredLine | None = None
    license_key: Annotated[Said, StringConstraints(max_length=200)] | None = None
