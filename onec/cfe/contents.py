"""What an extension consists of: its objects, own and adopted from the configuration."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from onec.cfe.braces import BraceReader, Quoted, Value, dig
from onec.cfe.metadata import for_people
from onec.cfe.payloads import Payloads

CLASSES: Mapping[str, str] = {
    "cf4abea6-37b2-11d4-940f-008048da11f9": "Catalog",
    "061d872a-5787-460e-95ac-ed74ea3a3e84": "Document",
    "13134201-f60b-11d5-a3c7-0050bae0a776": "InformationRegister",
    "b64d9a40-1642-11d6-a3c7-0050bae0a776": "AccumulationRegister",
    "2deed9b8-0056-4ffe-a473-c20a6c32a0bc": "AccountingRegister",
    "f2de87a8-64e5-45eb-a22d-b3aedab050e7": "CalculationRegister",
    "0195e80c-b157-11d4-9435-004095e12fc7": "Constant",
    "f6a80749-5ad7-400b-8519-39dc5dff2542": "Enum",
    "238e7e88-3c5f-48b2-8a3b-81ebbecb20ed": "ChartOfAccounts",
    "82a1b659-b220-4d94-a9bd-14d757b95a48": "ChartOfCharacteristicTypes",
    "30b100d6-b29f-47ac-aec7-cb8ca8a54767": "ChartOfCalculationTypes",
    "857c4a91-e5f4-4fac-86ec-787626f1c108": "ExchangePlan",
    "fcd3404e-1523-48ce-9bc0-ecdb822684a1": "BusinessProcess",
    "3e63355c-1378-4953-be9b-1deb5fb6bec5": "Task",
    "bc587f20-35d9-11d6-a3c7-0050bae0a776": "Sequence",
    "4612bd75-71b7-4a5c-8cc5-2b0b65f9fa0d": "DocumentJournal",
    "631b75a0-29e2-11d6-a3c7-0050bae0a776": "Report",
    "bf845118-327b-4682-b5c6-285d2a0eb296": "DataProcessor",
    "0fe48980-252d-11d6-a3c7-0050bae0a776": "CommonModule",
    "07ee8426-87f1-11d5-b99c-0050bae0a95d": "CommonForm",
    "2f1a5187-fb0e-4b05-9489-dc5dd6412348": "CommonCommand",
    "1c57eabe-7349-44b3-b1de-ebfeab67b47d": "CommandGroup",
    "0c89c792-16c3-11d5-b96b-0050bae0a95d": "CommonTemplate",
    "7dcd43d9-aca5-4926-b549-1842e6a4e8cf": "CommonPicture",
    "15794563-ccec-41f6-a83c-ec5f7b9a5bc1": "CommonAttribute",
    "c045099e-13b9-4fb6-9d50-fca00202971e": "DefinedType",
    "09736b02-9cac-4e3f-b4f7-d3e9576ab948": "Role",
    "37f2fa9a-b276-11d4-9435-004095e12fc7": "Subsystem",
    "24c43748-c938-45d0-8d14-01424a72b11e": "SessionParameter",
    "46b4cd97-fd13-4eaa-aba2-3bddd7699218": "SettingsStorage",
    "4e828da6-0f44-4b5b-b1c0-a2b3cfe7bdcc": "EventSubscription",
    "11bdaf85-d5ad-4d91-bb24-aa0eee139052": "ScheduledJob",
    "af547940-3268-434f-a3e7-e47d6d2638c3": "FunctionalOption",
    "30d554db-541e-4f62-8970-a1c6dcfeb2bc": "FunctionalOptionsParameter",
    "0fffc09c-8f4c-47cc-b41c-8d5c5a221d79": "HTTPService",
    "8657032e-7740-4e1d-a3ba-5dd6e8afb78f": "WebService",
    "d26096fb-7a5d-4df9-af63-47d04771fa9b": "WSReference",
    "cc9df798-7c94-4616-97d2-7aa0b7bc515e": "XDTOPackage",
    "5274d9fc-9c3a-4a71-8f5e-a0db8ab23de5": "ExternalDataSource",
    "bf3420b0-f6f9-41a0-b83a-fe9d4ab0b65d": "IntegrationService",
    "6e6dc072-b7ac-41e7-8f88-278d25b6da2a": "Bot",
    "a7641777-7813-45c6-96ef-9d51587a6ac6": "WebSocketClient",
    "3e5404af-6ef8-4c73-ad11-91bd2dfac4c8": "Style",
    "58848766-36ea-4076-8800-e91eb49590d7": "StyleItem",
    "36a8e346-9aaa-4af9-bdbd-83be3c177977": "DocumentNumerator",
    "3e7bfcc0-067d-11d6-a3c7-0050bae0a776": "FilterCriterion",
    "9cd510ce-abfc-11d4-9434-004095e12fc7": "Language",
    "39bddf6a-0c3c-452b-921c-d99cfa1c2f1b": "Interface",
}
"""Uuid of a class -> its name in 1C's English."""

CLASS_UUIDS: Mapping[str, str] = {name: uuid for uuid, name in CLASSES.items()}

_OF_DATA = frozenset(
    {
        "Catalog",
        "Document",
        "InformationRegister",
        "AccumulationRegister",
        "AccountingRegister",
        "CalculationRegister",
        "Constant",
        "Enum",
        "ChartOfAccounts",
        "ChartOfCharacteristicTypes",
        "ChartOfCalculationTypes",
        "ExchangePlan",
        "BusinessProcess",
        "Task",
    }
)
_SERVICES = frozenset({"HTTPService", "WebService"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Origin(StrEnum):
    """Where an object comes from; only own objects can change the structure of the data."""

    OWN = "own"
    ADOPTED = "adopted"
    UNKNOWN = "unknown"


_ORIGIN = 5
"""Position of the origin in the header of an object; what follows it says something else."""
_ORIGINS = {"0": Origin.OWN, "1": Origin.ADOPTED}


@dataclass(frozen=True, slots=True)
class CfeObject:
    kind: str
    """The class in 1C's English: `Catalog`, `CommonModule`."""
    uuid: str
    name: str
    """Fit to be shown; empty when the object has no readable entry."""
    origin: Origin
    digest: str = field(default="", compare=False)
    """SHA-256 of what the object's entry says; empty when the object has no readable entry."""

    @property
    def changes_structure(self) -> bool:
        return self.origin is Origin.OWN and self.kind in _OF_DATA

    @property
    def is_service(self) -> bool:
        return self.kind in _SERVICES


def read_contents(root: Value | None, payloads: Payloads, braces: BraceReader) -> list[CfeObject]:
    """Objects that the parsed root entry lists, each with the header of its own entry."""
    return [
        _read_object(kind, uuid, payloads, braces) for uuid, kind in _listed_objects(root).items()
    ]


def _listed_objects(root: Value | None) -> dict[str, str]:
    """Uuid -> class, from the lists `{class uuid,count,uuid,...}` wherever they stand."""
    found: dict[str, str] = {}
    for values in _lists(root):
        kind = CLASSES.get(values[0]) if values and isinstance(values[0], str) else None
        if kind is None:
            continue
        uuids = [value for value in values[2:] if isinstance(value, str) and _UUID.fullmatch(value)]
        if values[1:] == [str(len(uuids)), *uuids]:
            found.update(dict.fromkeys(uuids, kind))
    return found


def _lists(root: Value | None) -> Iterator[list[Value]]:
    waiting = [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            yield value
            waiting.extend(reversed(value))


def _read_object(kind: str, uuid: str, payloads: Payloads, braces: BraceReader) -> CfeObject:
    if uuid in payloads:
        text = payloads.text(uuid)
        for values in braces.grow(text):
            if len(values) > _ORIGIN and _is_header(values, uuid):
                name, origin = for_people(str(values[2])), _ORIGINS.get(str(values[_ORIGIN]))
                digest = sha256(text.encode()).hexdigest()
                return CfeObject(kind, uuid, name, origin or Origin.UNKNOWN, digest)
    return CfeObject(kind, uuid, "", Origin.UNKNOWN)


def _is_header(values: list[Value], uuid: str) -> bool:
    """Whether this is `{n,{0 or 1,0,uuid},"name",{synonyms},"comment",origin,...}`."""
    return (
        dig(values, 1) in (["1", "0", uuid], ["0", "0", uuid])
        and isinstance(values[2], Quoted)
        and isinstance(values[3], list)
    )
