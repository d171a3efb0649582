"""Lines of releases behind the vendor's products."""

import pytest

from app.audit.actor import SYSTEM
from app.catalog.models import ImageKind
from app.catalog.service.extensions import add_image, remove_image
from app.kit.problems import ValidationFailed
from tests.factories.pictures import a_jpeg, a_png, a_webp

PRINTER = {
    "product": "warehouse-helper",
    "code": "printer",
    "onec_name": "ПечатьЦенников",
    "title_ru": "Печать ценников",
}
PNG, JPEG, WEBP = a_png(), a_jpeg(), a_webp()


@pytest.fixture
def printer(crm):
    """One more extension."""
    return crm.post("/extensions", **PRINTER).json()


def path(extension):
    return f"/extensions/{extension['id']}"


def version(session, world):
    session.expire_all()
    return world.vendor.catalogue_version


def test_an_extension_is_made_and_found(crm, events, session, world):
    before = version(session, world)
    answer = crm.post("/extensions", **PRINTER, docs_url="https://example.com/docs")
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    made = answer.json()
    assert made.items() >= (PRINTER | {"published": True, "trial_product": None}).items()
    assert (made["logo"], made["screenshots"], made["exclusive_required"]) == (None, [], True)
    assert crm.get(path(made)).json() == made
    told = {"onec_name": "ПечатьЦенников", "product": "warehouse-helper"}
    assert events(made["id"]) == [("extension.created", told)]
    assert version(session, world) == before + 1


@pytest.mark.usefixtures("printer")
@pytest.mark.parametrize("other", [{"code": "another"}, {"onec_name": "Другое"}])
def test_a_code_and_a_name_are_given_once(crm, other):
    again = crm.post("/extensions", **PRINTER | other)
    assert (again.status_code, again.json()["code"]) == (409, "CODE_EXISTS")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title_ru": ""},
        {"onec_name": "Не имя"},
        {"onec_name": "Я" * 129},
        {"docs_url": "http://example.com"},
        {"purpose": "other"},
        {"requires": [""]},
    ],
)
def test_a_wrong_member_is_named(crm, printer, wrong):
    for answer in (
        crm.post("/extensions", **PRINTER | {"code": "new"} | wrong),
        crm.patch(path(printer), **wrong),
    ):
        [error] = answer.json()["errors"]
        assert error["pointer"].startswith(f"/{next(iter(wrong))}")


def test_a_change_is_recorded_and_seen_by_agents(crm, printer, events, session, world):
    before = version(session, world)
    answer = crm.patch(path(printer), title_en="Price tags", published=False)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    after = {"title_en": "Price tags", "published": False}
    assert answer.json() == printer | after | {"row_version": 2}
    told = {"before": {"title_en": None, "published": True}, "after": after}
    assert events(printer["id"])[1:] == [("extension.updated", told)]
    assert version(session, world) == before + 1
    assert crm.patch(path(printer), published=False).headers["etag"] == '"2"'
    assert version(session, world) == before + 1


def test_a_trial_may_come_from_another_product(crm, printer):
    crm.post("/products", code="try-it", name="Проба").raise_for_status()
    assert crm.patch(path(printer), trial_product="try-it").json()["trial_product"] == "try-it"
    assert crm.patch(path(printer), trial_product=None).json()["trial_product"] is None
    assert crm.patch(path(printer), product="unknown").status_code == 404
    assert crm.patch(path(printer), product=None).status_code == 422


def test_the_name_in_1c_stays_once_there_is_a_release(crm, printer):
    assert crm.patch(path(printer), onec_name="Ценники").json()["onec_name"] == "Ценники"
    crm.post("/releases", extension="printer").raise_for_status()
    refused = crm.patch(path(printer), onec_name="Другое")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert crm.patch(path(printer), onec_name="Ценники").status_code == 200


def test_the_code_never_changes(crm, printer):
    assert crm.patch(path(printer), code="other").json()["code"] == "printer"


def test_extensions_are_listed_by_what_they_are(crm, printer, world):
    first = crm.get(path({"id": world.extension.id})).json()
    assert crm.pages("/extensions", limit=1) == [[printer], [first]]
    assert crm.pages("/extensions", onec_name="ПечатьЦенников") == [[printer]]
    assert crm.pages("/extensions", product="nothing") == [[]]
    assert crm.pages("/extensions", published="false") == [[]]


def test_what_one_has_already_is_not_sent_again(crm, printer):
    for place in ("/extensions", path(printer)):
        answer = crm.get(place)
        assert answer.headers["cache-control"] == "private, no-cache"
        told = answer.headers["etag"]
        for known in (told, f'"other", W/{told}', "*"):
            again = crm.send("GET", place, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", told)
        crm.patch(path(printer), title_ru=f"Название {place}").raise_for_status()
        changed = crm.send("GET", place, headers={"If-None-Match": told})
        assert changed.status_code == 200
        assert changed.headers["etag"] != told


def test_reading_is_not_writing(automation, printer):
    reader = automation("owner", "catalog.read")
    assert reader.get(path(printer)).status_code == 200
    for answer in (reader.post("/extensions", **PRINTER), reader.patch(path(printer), version=1)):
        assert answer.json()["code"] == "SCOPE_MISSING"


# Pictures


@pytest.fixture
def picture(session, world):
    """Adds a picture to the world's extension."""

    def add(data, kind=ImageKind.SCREENSHOT):
        told = (session, world.vendor.id, world.extension.id, kind, data)
        made = add_image(*told, actor=SYSTEM)
        session.commit()
        return made

    return add


def shown(crm, world):
    return crm.get(f"/extensions/{world.extension.id}").json()


def test_pictures_are_kept_beside_the_artifacts(crm, picture, world, kit, events):
    logo = picture(PNG, ImageKind.LOGO)
    shots = [picture(data) for data in (JPEG, WEBP, JPEG)]
    assert shots[2].id == shots[0].id
    found = shown(crm, world)
    assert (found["logo"]["sha256"], found["logo"]["media_type"]) == (logo.sha256, "image/png")
    assert [each["media_type"] for each in found["screenshots"]] == ["image/jpeg", "image/webp"]
    assert b"".join(kit.artifacts.read(logo.sha256)) == PNG
    assert found["row_version"] == 4
    told = events(world.extension.id)[1:]
    assert [action for action, _ in told] == ["extension.updated"] * 3


def test_a_new_logo_takes_the_old_one_s_place(crm, picture, world):
    picture(PNG, ImageKind.LOGO)
    other = picture(JPEG, ImageKind.LOGO)
    assert shown(crm, world)["logo"]["sha256"] == other.sha256


def test_a_picture_is_taken_off(crm, picture, session, world):
    made = picture(JPEG)
    remove_image(session, world.vendor.id, made.id, actor=SYSTEM)
    session.commit()
    assert shown(crm, world)["screenshots"] == []


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", a_png(note=bytes(1 << 20)), PNG[:7]])
def test_what_is_no_picture_is_refused(picture, data):
    with pytest.raises(ValidationFailed) as refused:
        picture(data)
    assert refused.value.errors[0]["code"] == "image"


def test_there_are_eight_screenshots_at_most(picture):
    for number in range(8):
        picture(a_png(note=bytes([number])))
    with pytest.raises(ValidationFailed) as refused:
        picture(a_png(note=b"\x09"))
    assert refused.value.errors[0]["code"] == "too_many"
