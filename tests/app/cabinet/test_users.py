"""People of a vendor, managed by those who may."""

import pytest
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts.models import Membership, SessionStage, User
from app.accounts.problems import LastOwner
from app.accounts.schemas.people import ChangeRole
from app.accounts.service import people, sessions
from app.accounts.service.viewers import Viewer, identify
from app.audit.actor import Caller
from app.audit.models import AuditEvent
from tests.factories.people import PASSWORD, a_person, said
from tests.factories.world import make_world

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def admin(world, session):
    made = a_person(session, world.vendor.id, "admin")
    session.commit()
    return made


@pytest.fixture
def manager(world, session):
    made = a_person(session, world.vendor.id, "manager", factor=False)
    session.commit()
    return made


def member(session, person, vendor_id=None) -> Membership:
    return session.scalars(
        select(Membership)
        .where(Membership.user_id == person.id)
        .where(Membership.vendor_id == (vendor_id or person.vendor_id))
        .execution_options(populate_existing=True)
    ).one()


def actions(session) -> list[str]:
    return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def test_the_list_shows_everybody(browser, owner, manager):
    assert manager
    text = said(browser.sign_in(owner).get("/users"))
    assert "Person owner" in text
    assert "manager@example.com" in text


def test_without_mail_the_link_is_shown_once_and_works_once(browser, owner):
    browser.sign_in(owner)
    invitation = {
        "email": "new@example.com",
        "role": "support",
        "locale": "en",
        "form_id": "f" * 22,
    }
    answer = browser.post("/users/invite", invitation)
    [link] = [word for word in said(answer).split() if "/cabinet/invite/" in word]
    again = browser.post("/users/invite", invitation)
    assert link not in again.text
    assert "/cabinet/users/" in str(again.url)
    browser.forget()
    path = link.partition("/cabinet")[2]
    seen = browser.get(path)
    assert str(seen.url).endswith("/cabinet/invite")
    assert "new@example.com" in said(seen)
    came = browser.post("/invite", {"name": "Новичок", "password": PASSWORD})
    assert "/cabinet/invite" not in str(came.url)
    assert browser.get("/profile").status_code == 200
    browser.forget()
    assert browser.get(path).status_code == 410


def test_a_new_invitation_replaces_the_old_link(browser, owner, session):
    browser.sign_in(owner)
    links = []
    answer = browser.post(
        "/users/invite", {"email": "n@example.com", "role": "support", "locale": "en"}
    )
    links += [word for word in said(answer).split() if "/cabinet/invite/" in word]
    [invited] = [
        each for each in accounts.colleagues(session, owner.vendor_id) if not each.user.name
    ]
    answer = browser.post(f"/users/{invited.user.id}/invite")
    links += [word for word in said(answer).split() if "/cabinet/invite/" in word]
    browser.forget()
    statuses = [browser.get(link.partition("/cabinet")[2]).status_code for link in links]
    assert statuses == [410, 200]


def test_an_invitation_runs_out_after_three_days(browser, owner, clock):
    browser.sign_in(owner)
    answer = browser.post(
        "/users/invite", {"email": "n@example.com", "role": "support", "locale": "en"}
    )
    [link] = [word for word in said(answer).split() if "/cabinet/invite/" in word]
    clock.pass_(hours=72)
    assert browser.get(link.partition("/cabinet")[2]).status_code == 410


def test_a_changed_role_ends_the_sessions(browser, owner, manager, session):
    browser.sign_in(manager)
    theirs = browser.cookie
    browser.forget()
    browser.sign_in(owner).post(f"/users/{manager.id}/role", {"role": "auditor"})
    assert member(session, manager).role == "auditor"
    browser.come_with(theirs)
    assert "/sign-in" in str(browser.get("/profile").url)
    assert "user.role_changed" in actions(session)


def test_a_closed_access_ends_the_sessions_and_can_be_opened_again(
    browser, owner, manager, session
):
    browser.sign_in(manager)
    theirs = browser.cookie
    browser.forget()
    browser.sign_in(owner).post(f"/users/{manager.id}/disable")
    ours = browser.cookie
    browser.come_with(theirs)
    assert "/sign-in" in str(browser.get("/profile").url)
    assert browser.password(manager).status_code == 409
    browser.come_with(ours)
    browser.post(f"/users/{manager.id}/enable")
    assert member(session, manager).opens
    assert {"user.disabled", "user.enabled"} <= set(actions(session))


@pytest.mark.parametrize(("act", "data"), [("role", {"role": "manager"}), ("disable", {})])
def test_nobody_acts_on_themselves(browser, owner, session, act, data):
    browser.sign_in(owner).post(f"/users/{owner.id}/{act}", data)
    assert (member(session, owner).role, member(session, owner).opens) == ("owner", True)


@pytest.mark.parametrize(
    ("act", "data"), [("role", {"role": "manager"}), ("disable", {}), ("sessions", {})]
)
def test_an_admin_touches_no_owner(browser, owner, admin, session, act, data):
    answer = browser.sign_in(admin).post(f"/users/{owner.id}/{act}", data)
    assert (answer.status_code, "vendor.manage" in said(answer)) == (403, True)
    assert (member(session, owner).role, member(session, owner).opens) == ("owner", True)


def test_an_admin_makes_no_owner(browser, admin, manager, session):
    browser.sign_in(admin)
    browser.post(f"/users/{manager.id}/role", {"role": "owner"})
    browser.post("/users/invite", {"email": "n@example.com", "role": "owner", "locale": "en"})
    assert [each.user.email for each in accounts.owners(session, manager.vendor_id)] == []
    assert member(session, manager).role == "manager"


def test_people_of_another_vendor_do_not_exist(browser, owner, session):
    other = make_world(session, "OTHR")
    stranger = a_person(session, other.vendor.id, "support", email="other@example.com")
    session.commit()
    browser.sign_in(owner)
    assert browser.get(f"/users/{stranger.id}").status_code == 404
    assert browser.post(f"/users/{stranger.id}/disable").status_code == 404
    assert member(session, stranger).opens


def test_one_person_works_for_two_vendors_and_switches(browser, owner, session):
    other = make_world(session, "OTHR")
    stranger = a_person(session, other.vendor.id, "support", email="other@example.com")
    session.commit()
    browser.sign_in(owner)
    answer = browser.post(
        "/users/invite", {"email": stranger.email, "role": "auditor", "locale": "en"}
    )
    [link] = [word for word in said(answer).split() if "/cabinet/invite/" in word]
    browser.forget()
    browser.get(link.partition("/cabinet")[2])
    assert browser.post("/invite").status_code == 401  # the link alone is not enough
    assert not member(session, stranger, owner.vendor_id).opens
    browser.sign_in(stranger)
    browser.post("/invite")
    assert "ООО «DEMO»" in said(browser.get("/profile"))
    browser.post("/vendor", {"vendor_id": str(other.vendor.id)})
    assert browser.get("/customers").status_code == 200
    assert browser.get("/audit").status_code in {403, 404}
    assert browser.post("/vendor", {"vendor_id": str(owner.id)}).status_code == 404


def viewer_of(connection, kit, session, person) -> Viewer:
    """Somebody signed in, as their requests see them."""
    secret = sessions.begin(session, person.id, SessionStage.OPEN, Caller())
    session.commit()
    found = identify(connection, kit, secret, Caller())
    assert isinstance(found, Viewer)
    return found


def test_of_whom_it_invited_a_vendor_knows_the_address_alone(browser, owner, session):
    other = make_world(session, "OTHR")
    stranger = a_person(session, other.vendor.id, "support", email="other@example.com")
    session.commit()
    browser.sign_in(stranger)
    browser.forget()
    browser.sign_in(owner)
    browser.post("/users/invite", {"email": stranger.email, "role": "auditor", "locale": "en"})
    for path in ("/users", f"/users/{stranger.id}"):
        assert "Person support" not in said(browser.get(path))
    browser.forget()
    browser.password(stranger)
    told = session.scalars(
        select(AuditEvent.subject_label).where(AuditEvent.vendor_id == owner.vendor_id)
    ).all()
    assert "Person support" not in told


@pytest.mark.parametrize(
    ("act", "fields"), [("sessions", {}), ("role", {"role": "auditor"}), ("disable", {})]
)
def test_whoever_invites_ends_no_sessions_elsewhere(browser, owner, session, act, fields):
    other = make_world(session, "OTHR")
    stranger = a_person(
        session, other.vendor.id, "support", email="other@example.com", factor=False
    )
    session.commit()
    browser.sign_in(stranger)
    theirs = browser.cookie
    browser.forget()
    browser.sign_in(owner)
    browser.post("/users/invite", {"email": stranger.email, "role": "support", "locale": "ru"})
    assert browser.post(f"/users/{stranger.id}/{act}", fields).status_code == 200
    browser.forget()
    browser.come_with(theirs)
    assert "other@example.com" in said(browser.get("/profile"))


def test_an_invitation_that_was_taken_back_lets_nobody_in(browser, owner, session):
    browser.sign_in(owner)
    answer = browser.post(
        "/users/invite", {"email": "new@example.com", "role": "support", "locale": "ru"}
    )
    [link] = [word for word in said(answer).split() if "/cabinet/invite/" in word]
    [invited] = session.scalars(select(User).where(User.email == "new@example.com"))
    browser.post(f"/users/{invited.id}/disable")
    browser.forget()
    browser.get(link.partition("/cabinet")[2])
    assert browser.post("/invite", {"name": "Новичок", "password": PASSWORD}).status_code == 410
    session.refresh(invited)
    assert invited.status == "invited"


@pytest.mark.parametrize("act", ["disable", "change_role"])
def test_of_two_owners_who_remove_each_other_one_stays(session, world, connection, kit, act):
    owners = [
        a_person(session, world.vendor.id, "owner", email=f"{name}@example.com", factor=False)
        for name in ("first", "second")
    ]
    first, second = (viewer_of(connection, kit, session, each) for each in owners)
    more = (ChangeRole(role="admin"),) if act == "change_role" else ()
    getattr(people, act)(session, world.vendor.id, second.user_id, *more, by=first)
    with pytest.raises(LastOwner):
        getattr(people, act)(session, world.vendor.id, first.user_id, *more, by=second)


def test_the_table_of_roles_is_open_to_everybody(browser, manager):
    text = said(browser.sign_in(manager).get("/users/roles"))
    assert "keys.reveal" in text
    assert browser.get("/users").status_code == 403
