"""Releases of one extension in every state that a route may ask for."""

from dataclasses import dataclass

from app.audit.actor import SYSTEM
from app.catalog.models import Artifact, Extension, Release
from app.catalog.schemas.releases import CreateRelease, PublishRelease
from app.catalog.service import artifacts, releases
from onec.cfe_writer import make_cfe
from tests.factories.world import BUH, World

CHANNELS = ("stable", "stable", "beta", "stable")


@dataclass(frozen=True)
class Shelf:
    """A draft that could be published, with a document, and releases that were."""

    back: Release
    draft: Release
    document: Artifact
    spread: Release
    paused: Release


def make_shelf(world: World, extension: Extension) -> Shelf:
    """Versions 1.0, 1.5 (paused), 2.0 (in beta, for half of the infobases) and 3.0 (the draft)."""
    session, vendor_id = world.session, world.vendor.id
    back, paused, spread, draft = (
        _draft(world, extension, version, channel)
        for version, channel in zip(("1.0", "1.5", "2.0", "3.0"), CHANNELS, strict=True)
    )
    for release in (back, paused):
        releases.publish(session, vendor_id, release.id, actor=SYSTEM)
    releases.pause(session, vendor_id, paused.id, actor=SYSTEM)
    half = PublishRelease(rollout_percent=50)
    releases.publish(session, vendor_id, spread.id, half, actor=SYSTEM)
    stored = session.kit.artifacts.put([f"%PDF {extension.code}".encode()])
    document = artifacts.add_document(
        session, vendor_id, draft.id, "Руководство.pdf", stored, actor=SYSTEM
    )
    return Shelf(back, draft, document, spread, paused)


def a_file(extension: Extension, version: str) -> bytes:
    """A .cfe of the extension."""
    return make_cfe(extension.onec_name, "Наше", version, "Вектор", "СП_")


def _draft(world: World, extension: Extension, version: str, channel: str) -> Release:
    told = {"extension": extension.code, "notes_ru": "Новое", "rules": [BUH], "channel": channel}
    command = CreateRelease.model_validate(told)
    file = a_file(extension, version)
    return releases.create(world.session, world.vendor.id, command, file, actor=SYSTEM)
