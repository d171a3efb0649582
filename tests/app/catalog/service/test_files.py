"""Whoever names kept bytes makes sure that nobody has removed them meanwhile."""

import pytest

from app.audit.actor import SYSTEM
from app.catalog.models import ImageKind
from app.catalog.service import artifacts
from app.catalog.service.extensions import add_image
from app.catalog.service.files import take
from app.kit.problems import Busy
from app.kit.storage import Stored
from tests.factories.pictures import a_png
from tests.factories.shelf import a_file, make_shelf

PNG = a_png()
NAMERS = {
    "a release from a file": lambda world, _: world.release("9.0"),
    "a file of a draft": lambda world, draft: artifacts.attach(
        world.session,
        world.vendor.id,
        draft.id,
        take(world.session.kit.artifacts, a_file(world.extension, "9.1"), limit=1 << 20),
        actor=SYSTEM,
    ),
    "a document of a draft": lambda world, draft: artifacts.add_document(
        world.session, world.vendor.id, draft.id, "a.pdf", Stored("a" * 64, 4), actor=SYSTEM
    ),
    "a picture": lambda world, _: add_image(
        world.session, world.vendor.id, world.extension.id, ImageKind.LOGO, PNG, actor=SYSTEM
    ),
}


@pytest.mark.parametrize("names", NAMERS)
def test_bytes_that_were_removed_meanwhile_are_uploaded_again(world, kit, monkeypatch, names):
    draft = make_shelf(world, world.extension).draft
    monkeypatch.setattr(kit.artifacts, "size", lambda *_: None)
    with pytest.raises(Busy):
        NAMERS[names](world, draft)
