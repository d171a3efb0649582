"""Commands of letters to customers."""

from typing import Literal

from pydantic import BaseModel


class SendKey(BaseModel):
    """A key by mail, to one of the customer's own addresses and to nobody else."""

    to: Literal["email", "tech_email"] = "email"
    locale: Literal["ru", "en"] = "ru"
    connection_file: bool = True
