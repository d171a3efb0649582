"""Sentences about the form of a value, for the errors that pydantic finds."""

from app.kit.fields import FORMS
from app.kit.i18n import N_

REQUIRED = N_("This field is required")
_SHAPE_TEXTS = {
    "missing": REQUIRED,
    "control_characters": N_("Control characters are not allowed"),
    "extra_forbidden": N_("This field is unknown"),
    "string_too_long": N_("Too long"),
    "string_too_short": N_("Too short"),
    "string_pattern_mismatch": N_("The text has another form than expected"),
    "string_type": N_("Text is expected"),
    "string_unicode": N_("The text holds characters that are no Unicode"),
    "int_type": N_("A whole number is expected"),
    "int_parsing": N_("A whole number is expected"),
    "int_from_float": N_("A whole number is expected"),
    "bool_type": N_("true or false is expected"),
    "bool_parsing": N_("true or false is expected"),
    "list_type": N_("A list is expected"),
    "too_long": N_("Too long"),
    "too_short": N_("Too short"),
    "model_type": N_("An object is expected"),
    "model_attributes_type": N_("An object is expected"),
    "dataclass_type": N_("An object is expected"),
    "dict_type": N_("An object is expected"),
    "uuid_type": N_("An id (UUID) is expected"),
    "uuid_parsing": N_("An id (UUID) is expected"),
    "date_from_datetime_parsing": N_("A date such as 2026-12-31 is expected"),
    "literal_error": N_("This value is not one of those allowed"),
    "enum": N_("This value is not one of those allowed"),
    "greater_than_equal": N_("The number is too small"),
    "less_than_equal": N_("The number is too large"),
}
_OTHER_SHAPE = N_("The value does not fit this field")


def is_about_form(detail: str) -> bool:
    """Whether the sentence is about the form of a value alone, not one of a rule of ours."""
    return detail in {*_SHAPE_TEXTS.values(), *FORMS.values(), _OTHER_SHAPE}


def shape_text(error_type: str) -> str:
    """Our sentence for one of pydantic's error types, as a message id."""
    return _SHAPE_TEXTS.get(error_type, _OTHER_SHAPE)
