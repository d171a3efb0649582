"""Extensions: the lines of releases behind products, and their pictures."""

import uuid
from hashlib import sha256
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from app.audit import service as audit
from app.audit.actor import Actor
from app.audit.models import Action
from app.catalog import queries
from app.catalog.models import Extension, ExtensionImage, ImageKind
from app.catalog.problems import CodeExists
from app.catalog.queries import extensions as lines
from app.catalog.schemas.extensions import CreateExtension, UpdateExtension
from app.catalog.service.catalogue import touch
from app.catalog.service.files import claim
from app.catalog.service.pictures import BrokenPictureError, picture
from app.kit.db import UnitOfWork, new_id
from app.kit.i18n import N_, Lazy
from app.kit.problems import InUse, ValidationFailed

SCREENSHOTS_MAX = 8
IMAGE_MAX = 1 << 20


def create_extension(
    session: UnitOfWork, vendor_id: uuid.UUID, command: CreateExtension, *, actor: Actor
) -> Extension:
    """A new line of releases behind one of the vendor's products."""
    given = _with_products(session, vendor_id, command.model_dump())
    extension = Extension(id=new_id(), vendor_id=vendor_id, created_at=session.now(), **given)
    try:
        with session.savepoint():
            session.add(extension)
    except IntegrityError:
        raise CodeExists from None
    touch(session, vendor_id)
    audit.record(
        session,
        Action.EXTENSION_CREATED,
        actor=actor,
        subject=extension,
        onec_name=extension.onec_name,
        product=command.product,
    )
    return extension


def update_extension(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    extension_id: uuid.UUID,
    command: UpdateExtension,
    *,
    version: int,
    actor: Actor,
) -> Extension:
    """Changes an extension; its name in 1C is fixed once there is a release."""
    extension = lines.extension(session, vendor_id, extension_id)
    session.hold(extension, version)
    given = _with_products(session, vendor_id, command.model_dump(exclude_unset=True))
    renamed = given.get("onec_name", extension.onec_name) != extension.onec_name
    if renamed and lines.has_releases(session, extension):
        raise InUse(where=Lazy(N_("releases")))
    try:
        with session.savepoint():
            changes = audit.amend(extension, given)
    except IntegrityError:
        raise CodeExists from None
    if changes:
        touch(session, vendor_id)
        audit.record(session, Action.EXTENSION_UPDATED, actor=actor, subject=extension, **changes)
    return extension


def _with_products(
    session: UnitOfWork, vendor_id: uuid.UUID, given: dict[str, Any]
) -> dict[str, Any]:
    """The members as the row has them: ids of products instead of their codes."""
    row = dict(given)
    for name in ("product", "trial_product"):
        if name in row:
            code = row.pop(name)
            found = code and queries.product_by_code(session, vendor_id, code)
            row[f"{name}_id"] = found.id if found else None
    return row


def add_image(  # noqa: PLR0913 - the picture and where it belongs
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    extension_id: uuid.UUID,
    kind: ImageKind,
    data: bytes,
    *,
    version: int | None = None,
    actor: Actor,
) -> ExtensionImage:
    """A logo instead of the one there was, or one more screenshot; the same picture is added once.

    Refused (VALIDATION_FAILED) are more than eight screenshots, and what is no whole PNG, JPEG or
    WebP of at most 1 MB and 4,096 pixels on each side.
    """
    extension = lines.extension(session, vendor_id, extension_id)
    session.hold(extension, version)
    media_type = _media_type(data)
    before = lines.images(session, [extension.id])
    of_kind = [image for image in before if image.kind == kind]
    same = next((image for image in of_kind if image.sha256 == sha256(data).hexdigest()), None)
    if same is not None:
        return same
    if kind is ImageKind.LOGO:
        for image in of_kind:
            session.delete(image)
        session.flush()
    elif len(of_kind) >= SCREENSHOTS_MAX:
        raise _wrong("too_many", N_("An extension has at most eight screenshots"))
    image = _kept(session, extension, kind, data, media_type)
    _note(session, extension, actor, added=image.sha256, kind=kind)
    return image


def _kept(
    session: UnitOfWork, extension: Extension, kind: ImageKind, data: bytes, media_type: str
) -> ExtensionImage:
    """The bytes are durable first, their row names them only afterwards."""
    stored = session.kit.artifacts.put([data])
    claim(session, stored)
    image = ExtensionImage(
        id=new_id(),
        vendor_id=extension.vendor_id,
        created_at=session.now(),
        extension_id=extension.id,
        kind=kind,
        media_type=media_type,
        size=stored.size,
        sha256=stored.sha256,
    )
    session.add(image)
    return image


def remove_image(
    session: UnitOfWork,
    vendor_id: uuid.UUID,
    image_id: uuid.UUID,
    *,
    version: int | None = None,
    actor: Actor,
) -> None:
    """Takes a picture off its extension; the bytes stay until somebody clears the store."""
    image = lines.image(session, vendor_id, image_id)
    extension = lines.extension(session, vendor_id, image.extension_id)
    session.hold(extension, version)
    session.delete(image)
    _note(session, extension, actor, removed=image.sha256, kind=image.kind)


def _note(session: UnitOfWork, extension: Extension, actor: Actor, **data: object) -> None:
    flag_modified(extension, "title_ru")  # the pictures belong to the extension's version
    session.flush()
    touch(session, extension.vendor_id)
    audit.record(session, Action.EXTENSION_UPDATED, actor=actor, subject=extension, image=data)


def _media_type(data: bytes) -> str:
    """What the file's structure says; what a file or a program calls the picture says nothing."""
    try:
        found = picture(data) if len(data) <= IMAGE_MAX else None
    except BrokenPictureError:
        found = None
    if found is None:
        raise _wrong("image", N_("A picture is a whole PNG, JPEG or WebP file of at most 1 MB"))
    if found.is_too_large:
        raise _wrong("image_sides", N_("A picture has at most 4,096 pixels on each side"))
    return found.media_type


def _wrong(code: str, message: str) -> ValidationFailed:
    return ValidationFailed.at({"/image": (code, message)})
