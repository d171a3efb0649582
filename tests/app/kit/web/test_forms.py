from app.kit.problems import ValidationFailed
from app.kit.web.forms import Fields, tried

FORM = Fields(
    [
        ("company", "  "),
        ("email", "a@example.com"),
        ("email", "b@example.com"),
        ("rows-10-product", "late"),
        ("rows-2-product", "early"),
        ("rows-2-features", "one"),
        ("rows-2-features", "two"),
        ("rows-2-quantity-one", "5"),
        ("rows-x-product", "no number"),
        ("new_password", "secret"),
        ("otp_code", "123456"),
        ("version", "7"),
        ("pick-email", "theirs"),
    ]
)


def test_the_last_value_of_a_field_counts():
    assert FORM.text("email") == "b@example.com"
    assert FORM.text("nothing") == ""


def test_blank_fields_are_not_given():
    assert FORM.given("company", "email") == {"email": "b@example.com"}
    assert FORM.or_none("company", "email") == {"company": None, "email": "b@example.com"}


def test_rows_come_in_the_order_of_their_numbers():
    early, late = FORM.rows("rows")
    assert early == {"product": ["early"], "features": ["one", "two"], "quantity-one": ["5"]}
    assert late == {"product": ["late"]}


def test_secrets_are_never_shown_again():
    shown = dict(FORM.shown())
    assert "new_password" not in shown
    assert "otp_code" not in shown
    assert shown["version"] == "7"


def test_a_version_that_is_no_number_fits_no_row():
    assert FORM.version() == 7
    for text in ("", "x", "-1", "٣", "9" * 30):
        assert Fields([("version", text)]).version() == -1


def test_a_field_left_to_the_other_editor_is_not_changed():
    assert FORM.own({"email": "mine", "company": "mine"}) == {"company": "mine"}


def test_an_unfinished_shape_is_an_answer():
    def fail():
        raise ValidationFailed

    assert tried(lambda: 5) == (5, None)
    assert isinstance(tried(fail)[1], ValidationFailed)
