"""What the drill takes for a fault of the backup, and what not."""

from types import SimpleNamespace

import pytest

from app.drill import course
from app.drill.problems import DrillFailed
from app.kit.findings import Finding, Weight
from app.kit.i18n import Sentence
from app.upkeep.check import Report

SERVER = SimpleNamespace(engine=None, kit=None)


@pytest.fixture
def finds(monkeypatch):
    """The examination finds something of this code and weight."""

    def finds(code: str, weight: Weight) -> int:
        found = Finding(code, "repository", Sentence("", ""), weight=weight)
        report = Report(None, [found], 7)
        monkeypatch.setattr(course.repair, "repair", lambda *_, **__: [])
        monkeypatch.setattr(course.check, "run", lambda *_, **__: [report])
        return course.require_sound(SERVER)

    return finds


def test_what_contradicts_itself_is_no_good_backup(finds):
    with pytest.raises(DrillFailed) as refused:
        finds("AUDIT_HASH_WRONG", Weight.FAULT)
    assert refused.value.params == {"what": "AUDIT_HASH_WRONG repository"}
    assert finds("AUDIT_HASH_WRONG", Weight.REMARK) == 7


def test_a_root_that_ends_soon_is_no_fault_of_a_backup(finds):
    assert finds("TRUST_ROOT_EXPIRES", Weight.FAULT) == 7
