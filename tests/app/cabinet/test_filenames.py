"""What a file is called by whoever sends it is nobody's name for it afterwards."""

from io import BytesIO

from sqlalchemy import select

from app.catalog.models import Artifact
from tests.corpus.filenames import COUNT, hostile_filenames
from tests.factories.people import hidden


def test_a_release_is_stored_under_a_name_of_our_own(browser, owner, world, session, settings):
    desk, names = browser.sign_in(owner), hostile_filenames()
    assert len(set(names)) == COUNT
    path, file = f"/extensions/{world.extension.id}/releases/new", world.cfe("2.4.0")
    carried = hidden(desk.get(path))
    statuses = set()
    for name in names:
        sent = {"file": (name, BytesIO(file))}
        answer = desk.post(path, carried | {"form_id": f"f{len(statuses)}{name[:20]}"}, files=sent)
        statuses.add(answer.status_code)
        assert answer.status_code in {200, 409}, ascii(name)
        if len(name) > 8 and name.isprintable():
            assert name not in answer.text, ascii(name)
    assert 200 in statuses
    known = set(session.scalars(select(Artifact.filename)))
    assert not known & set(names)
    stored = [path for path in settings.artifacts_folder.rglob("*") if path.is_file()]
    assert {path.name for path in stored} == {
        row.sha256 for row in session.scalars(select(Artifact))
    }
