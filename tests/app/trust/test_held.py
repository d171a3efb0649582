"""Releases that only the vendor's own computer can sign."""

import copy
import hashlib
import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from app.audit.actor import SYSTEM
from app.cli import sign as sign_command
from app.cli.__main__ import app
from app.kit.signing.ed25519 import new_seed, signer_of, to_pem
from app.trust.problems import PublishStale, ReleaseKeyHeld, TrustDocumentInvalid
from app.trust.schemas import ReleasesDraft
from app.trust.service.ceremony import next_bundle
from app.trust.service.held import (
    ChangeKind,
    accept,
    differences,
    draft,
    sign_draft,
    take_over,
    taken_over,
)
from app.trust.service.layout import read_targets
from app.trust.service.publishing import republish, resign, sign_targets
from app.trust.service.requests import next_request
from tests.factories.trust import path_of, target
from wire.trust import TargetStatus

OWN = {"ab" * 32}
PHRASE = "верная лошадь, батарея"
PLACES = {"draft.json", "keys", "signed.json", "files"}


@pytest.fixture
def seed() -> bytes:
    return new_seed()


@pytest.fixture
def held(trusted, session, seed):
    """A vendor whose releases went to their own key; one release is out."""
    trusted.publish("2.4.0")
    request = next_request(session, trusted.vendor.id, to_vendor=True, actor=SYSTEM)
    session.commit()
    trusted.take(next_bundle(take_over(request, seed), trusted.roots, session.now()))
    return trusted


def drafted(held, *versions: str, **changes):
    releases = {path_of(version): target(version, **changes) for version in versions}
    return draft(held.session, held.vendor.id, releases)


def take(held, signed):
    changes = accept(held.session, held.vendor.id, signed)
    held.session.commit()
    return changes


def test_the_server_alone_publishes_nothing_any_more(held, session):
    with pytest.raises(ReleaseKeyHeld):
        sign_targets(session, held.vendor.id, {path_of("2.5.0"): target("2.5.0")})


def test_what_the_vendor_signed_is_published(held, seed, agent):
    signed, shown = sign_draft(drafted(held, "2.5.0"), signer_of(seed), OWN)
    changes = take(held, signed)
    assert [(change.kind, change.path) for change in changes] == [
        (ChangeKind.ADDED, path_of("2.5.0"))
    ]
    assert changes == shown
    assert agent().sees("2.5.0")
    assert agent().sees("2.4.0")


def test_the_difference_is_readable(held, seed):
    told = drafted(held, "2.4.0", status=TargetStatus.WITHDRAWN, critical=True)
    _, [change] = sign_draft(told, signer_of(seed), OWN)
    assert change.kind is ChangeKind.WITHDRAWN
    assert list(differences(change)) == [
        "critical: None -> True",
        "status: published -> withdrawn",
    ]
    _, [other] = sign_draft(drafted(held, "2.4.0", channel="beta"), signer_of(seed), OWN)
    assert other.kind is ChangeKind.CHANGED
    assert list(differences(other)) == ["channel: stable -> beta"]


@pytest.mark.parametrize("trick", ["\x1b[2K", "\r", "\n", "\u202e", "\x9b1A", "\u2028"])
def test_nothing_in_a_difference_hides_another_one(held, seed, trick):
    paper = drafted(held, "2.4.0", rollback_to=f"1{trick}2")
    custom = paper.releases["signed"]["targets"][path_of("2.4.0")]["custom"]
    custom[f"a{trick}b"] = 1
    _, [change] = sign_draft(paper, signer_of(seed), OWN)
    shown = list(differences(change))
    assert len(shown) == 2
    assert all(line.isprintable() for line in shown)


def test_a_file_that_is_not_the_vendors_is_not_signed(held, seed):
    for own in (set(), {"cd" * 32}):
        with pytest.raises(TrustDocumentInvalid):
            sign_draft(drafted(held, "6.6.6"), signer_of(seed), own)


def test_a_file_slipped_in_as_published_before_is_not_signed(held, seed):
    honest = drafted(held, "2.5.0", "6.6.6")
    forged = honest.releases["signed"]["targets"][path_of("6.6.6")]
    forged["hashes"] = {"sha256": "ee" * 32}
    for signatures in (honest.published["signatures"], []):
        paper = copy.deepcopy(honest)
        paper.published["signed"]["targets"][path_of("6.6.6")] = forged
        paper.published["signatures"] = signatures
        with pytest.raises(TrustDocumentInvalid):
            sign_draft(paper, signer_of(seed), OWN)


def test_other_bytes_of_a_published_release_are_not_signed(held, seed):
    paper = drafted(held, "2.5.0")
    for change in ({"length": 1}, {"hashes": {"sha256": "cd" * 32}}):
        touched = copy.deepcopy(paper)
        touched.releases["signed"]["targets"][path_of("2.4.0")].update(change)
        with pytest.raises(TrustDocumentInvalid):
            sign_draft(touched, signer_of(seed), OWN)
    gone = copy.deepcopy(paper)
    del gone.releases["signed"]["targets"][path_of("2.4.0")]
    with pytest.raises(TrustDocumentInvalid):
        sign_draft(gone, signer_of(seed), OWN)


@pytest.mark.parametrize("how", ["a stranger", "nobody", "the vendor, before it was touched"])
def test_what_a_server_calls_published_counts_only_if_the_vendor_signed_it(held, seed, how):
    paper = drafted(held)
    forged = read_targets(paper.published)
    forged.signed.targets[path_of("6.6.6")] = forged.signed.targets[path_of("2.4.0")]
    if how == "nobody":
        forged.signatures.clear()
    if how == "a stranger":
        forged.sign(signer_of(new_seed()))
    paper.published = forged.to_dict()
    paper.releases["signed"]["targets"] = paper.published["signed"]["targets"]
    with pytest.raises(TrustDocumentInvalid) as refused:
        sign_draft(paper, signer_of(seed), OWN)
    assert refused.value.params["why"].en == "what is published was not signed by this key"


def test_a_release_under_another_releases_path_is_not_signed(held, seed):
    releases = {path_of("2.5.0"): replace(target("2.5.0"), custom=target("2.6.0").custom)}
    paper = draft(held.session, held.vendor.id, releases)
    with pytest.raises(TrustDocumentInvalid):
        sign_draft(paper, signer_of(seed), OWN)


def test_a_draft_that_delegates_or_repeats_a_version_is_not_signed(held, seed):
    paper = drafted(held, "2.5.0")
    for change in (
        {"version": paper.published["signed"]["version"]},
        {"delegations": {"keys": {}, "roles": []}},
    ):
        touched = copy.deepcopy(paper)
        touched.releases["signed"].update(change)
        if change.get("delegations"):
            touched.releases["signed"]["delegations"] = _delegations(held)
        with pytest.raises(TrustDocumentInvalid):
            sign_draft(touched, signer_of(seed), OWN)


def _delegations(held):
    request = next_request(held.session, held.vendor.id, actor=SYSTEM)
    return request.standing.targets["signed"]["delegations"]


def test_another_publication_in_between_is_told(held, seed):
    first, _ = sign_draft(drafted(held, "2.5.0"), signer_of(seed), OWN)
    second, _ = sign_draft(drafted(held, "2.6.0"), signer_of(seed), OWN)
    take(held, first)
    for late in (second, first):
        with pytest.raises(PublishStale):
            accept(held.session, held.vendor.id, late)
        held.session.rollback()


@pytest.mark.parametrize("how", ["unsigned", "a stranger", "touched", "another repository"])
def test_without_the_vendors_signature_nothing_is_published(held, seed, how):
    signed, _ = sign_draft(drafted(held, "2.5.0"), signer_of(seed), OWN)
    if how == "unsigned":
        signed.releases["signatures"] = []
    if how == "a stranger":
        stranger = read_targets(signed.releases)
        stranger.sign(signer_of(new_seed()))
        signed.releases = stranger.to_dict()
    if how == "touched":
        signed.releases["signed"]["targets"][path_of("2.5.0")]["length"] += 1
    if how == "another repository":
        signed.repository = "A" * 22
    with pytest.raises(TrustDocumentInvalid):
        accept(held.session, held.vendor.id, signed)


def test_the_timestamp_is_still_the_servers(held, session, agent, clock):
    someone = agent()
    someone.sees("2.4.0")
    clock.pass_(days=1)
    resign(session, held.vendor.id)
    republish(session, held.vendor.id)
    session.commit()
    assert someone.sees("2.4.0")


def test_what_is_taken_over_is_shown_and_may_be_compared(trusted, session, seed):
    trusted.publish("2.4.0")
    request = next_request(session, trusted.vendor.id, to_vendor=True, actor=SYSTEM)
    assert [change.path for change in taken_over(request, OWN)] == [path_of("2.4.0")]
    with pytest.raises(TrustDocumentInvalid):
        taken_over(request, {"cd" * 32})
    request.releases["signed"]["delegations"] = request.standing.targets["signed"]["delegations"]
    with pytest.raises(TrustDocumentInvalid):
        take_over(request, seed)
    request.releases = None
    with pytest.raises(TrustDocumentInvalid):
        take_over(request, seed)


@pytest.fixture
def vendors_computer(tmp_path, seed):
    """`podkluch sign` on a machine without server or database."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "release.pem").write_bytes(to_pem(seed, PHRASE))

    def sign(paper, *options: str, typed: str = f"{PHRASE}\n", code: int = 0):
        (tmp_path / "draft.json").write_text(paper.model_dump_json(), "utf-8")
        told = ["sign", "draft.json", "--keys", "keys", "--out", "signed.json", *options]
        told = [str(tmp_path / each) if each in PLACES else each for each in told]
        environment = {"LC_ALL": "ru_RU.UTF-8", "PODKLUCH_CONFIG": None}
        result = CliRunner().invoke(app, told, input=typed, env=environment)
        assert result.exit_code == code, result.output
        signed = tmp_path / "signed.json"
        return result, signed.read_text("utf-8") if signed.exists() else None

    return sign


def test_the_vendor_signs_own_files_at_the_command_line(
    held, vendors_computer, tmp_path, monkeypatch
):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "own.cfe").write_bytes(b"own")
    sha256 = hashlib.sha256(b"own").hexdigest()
    releases = {path_of("2.5.0"): target("2.5.0", sha256)}
    releases[path_of("2.4.0")] = target("2.4.0", status=TargetStatus.WITHDRAWN)
    paper = draft(held.session, held.vendor.id, releases)
    refused, nothing = vendors_computer(paper, "--yes", code=1)
    assert "TRUST_DOCUMENT_INVALID" in refused.stderr
    assert nothing is None
    unasked = vendors_computer(paper, "--files", "files", typed=f"{PHRASE}\ny\n", code=1)
    assert ("добавьте `--yes`" in unasked[0].stderr, unasked[1]) == (True, None)
    monkeypatch.setattr("app.cli.sign.somebody_is_there", lambda: True)
    no = vendors_computer(paper, "--files", "files", typed=f"{PHRASE}\nn\n", code=1)
    assert ("NOT_SIGNED" in no[0].stderr, no[1]) == (True, None)
    shown, signed = vendors_computer(paper, "--files", "files", typed=f"{PHRASE}\ny\n")
    for text in (f"Новый релиз: {path_of('2.5.0')}", sha256, "Отозван", "published -> withdrawn"):
        assert text in shown.stdout
    changes = take(held, ReleasesDraft.model_validate_json(signed))
    assert {change.kind for change in changes} == {ChangeKind.ADDED, ChangeKind.WITHDRAWN}


def own_file(tmp_path, content: bytes) -> str:
    (tmp_path / "files").mkdir(exist_ok=True)
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "files" / f"{sha256}.cfe").write_bytes(content)
    return sha256


@pytest.fixture
def signing(held, sign, tmp_path):
    """Signs these releases, of the vendor's own file."""
    own = own_file(tmp_path, b"own")

    def run(*versions: str, options: tuple[str, ...] = (), refused: str = "", **changes):
        releases = {path_of(version): target(version, own, **changes) for version in versions}
        paper = draft(held.session, held.vendor.id, releases)
        return sign(paper, *options, refused=refused)

    return run


@pytest.fixture
def sign(vendors_computer):
    """Signs a paper without a question; refused with a code, or the signed paper."""

    def run(paper, *options: str, refused: str = ""):
        told = ("--files", "files", "--yes", *options)
        result, signed = vendors_computer(paper, *told, code=1 if refused else 0)
        assert refused in result.stderr
        return result, None if refused else ReleasesDraft.model_validate_json(signed)

    return run


@pytest.fixture
def replayed(held, signing):
    """A paper on top of what was published before 2.5.0 was withdrawn, under a new version."""
    take(held, signing("2.5.0")[1])
    old = drafted(held).published
    take(held, signing("2.5.0", status=TargetStatus.WITHDRAWN)[1])
    told = target("2.6.0", hashlib.sha256(b"own").hexdigest())
    paper = draft(held.session, held.vendor.id, {path_of("2.6.0"): told})
    paper.published = old
    targets = paper.releases["signed"]["targets"]
    targets[path_of("2.5.0")] = copy.deepcopy(old["signed"]["targets"][path_of("2.5.0")])
    return paper


def test_no_withdrawal_is_taken_back_behind_an_older_publication(replayed, sign):
    result, _ = sign(replayed, refused="PUBLISHED_OLDER")
    assert "--older" in result.stderr
    shown, signed = sign(replayed, "--older")
    _, since = shown.stdout.split("Иначе, чем подписано здесь в прошлый раз:")
    assert f"Изменён: {path_of('2.5.0')}" in since
    assert "status: withdrawn -> published" in since
    assert signed is not None


def test_releases_that_were_signed_and_never_published_stop_nobody(held, signing):
    signing("2.5.0")
    signing("2.6.0", refused="PUBLISHED_OLDER")
    shown, signed = signing("2.6.0", options=("--older",))
    assert f"Пропал: {path_of('2.5.0')}" in shown.stdout
    take(held, signed)
    shown, _ = signing("2.7.0")
    assert "прошлый раз" not in shown.stdout


def test_the_same_paper_is_signed_again(held, signing, sign):
    _, signed = signing("2.5.0")
    again, same = sign(signed.model_copy(update={"releases": unsigned(signed.releases)}))
    assert same == signed
    assert "прошлый раз" not in again.stdout
    take(held, same)


def unsigned(releases):
    return releases | {"signatures": []}


def test_other_bytes_than_were_signed_here_are_shown(held, signing, sign, tmp_path):
    signing("2.5.0")
    other = own_file(tmp_path, b"other")
    paper = draft(held.session, held.vendor.id, {path_of("2.5.0"): target("2.5.0", other)})
    shown, _ = sign(paper, "--older")
    own = hashlib.sha256(b"own").hexdigest()
    assert f"sha256: {own} -> {other}" in shown.stdout


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"signed"', b"\xff"])
def test_a_damaged_memory_is_no_empty_one(signing, tmp_path, content):
    signing("2.5.0")
    [memory] = (tmp_path / "keys").glob("*/releases.json")
    memory.write_bytes(content)
    refused, _ = signing("2.5.0", refused="_INVALID")
    assert "Traceback" not in refused.stderr


def test_what_is_signed_is_remembered_before_it_leaves(held, signing, tmp_path, monkeypatch):
    seen = []

    def leave(paper, out, real=sign_command.write_paper):
        [memory] = (tmp_path / "keys").glob("*/releases.json")
        seen.append(json.loads(memory.read_text("utf-8")) == paper.releases)
        real(paper, out)

    monkeypatch.setattr(sign_command, "write_paper", leave)
    signing("2.5.0")
    assert seen == [True]
    assert [file.name for file in (tmp_path / "keys" / held.row.repo_id).iterdir()] == [
        "releases.json"
    ]
