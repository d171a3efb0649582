"""Refusals as they look on the wire."""

from wire.codec import from_dict, to_dict
from wire.problems import HINTS, ActionHint, FieldProblem, ProblemDocument

PROBLEM = {
    "type": "https://lic.example.ru/problems/seat-limit-reached",
    "title": "Все места заняты",
    "status": 409,
    "detail": "Продукт «Складской помощник»: занято 3 из 3.",
    "instance": "/api/v1/activations",
    "code": "SEAT_LIMIT_REACHED",
    "action": "release_seat",
    "params": {"product": "warehouse-helper", "max": 3, "used": 3, "seats": [{"label": "Касса"}]},
    "request_id": "7f2c91e04b5d",
}
FIELD = {"pointer": "/products/0", "code": "string_type", "detail": "Ожидается строка"}


def test_a_problem_names_code_and_next_step():
    problem = from_dict(ProblemDocument, PROBLEM)
    assert HINTS[ActionHint(problem.action)].ru == "Освободите место"
    assert to_dict(problem) == {**PROBLEM, "errors": []}


def test_a_refused_body_names_its_fields():
    problem = from_dict(ProblemDocument, {**PROBLEM, "errors": [FIELD]})
    assert problem.errors == [FieldProblem("/products/0", "string_type", "Ожидается строка")]


def test_codes_and_hints_made_later_are_read():
    problem = from_dict(ProblemDocument, {**PROBLEM, "code": "NEW_ONE", "action": "new_step"})
    assert (problem.code, problem.action) == ("NEW_ONE", "new_step")
