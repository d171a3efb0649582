import csv
import io
from datetime import date, datetime

import openpyxl
import pytest

from app.kit.web.tables import download, harmless
from tests.apart import run_apart

HEAD = ("Компания", "Дата", "Мест")
ROWS = [("=cmd|' /C calc'!A0", date(2026, 11, 21), 3), ("Ёлкин; «И»", None, None)]


def sent(form: str, rows=ROWS) -> bytes:
    response = download("Клиенты", form, HEAD, iter(rows))

    async def read() -> bytes:
        return b"".join([chunk async for chunk in response.body_iterator])

    return run_apart(read())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_would_be_run_is_text(start: str):
    assert harmless(f"{start}1+1") == f"'{start}1+1"


def test_csv_opens_as_it_is_meant():
    data = sent("csv")
    assert data.startswith("\ufeff".encode())
    assert b"\r\n" in data
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [
        list(HEAD),
        ["'=cmd|' /C calc'!A0", "2026-11-21", "3"],
        ["Ёлкин; «И»", "", ""],
    ]


def test_csv_may_have_commas():
    assert sent("csv-comma").decode("utf-8-sig").startswith("Компания,Дата,Мест")


def test_xlsx_has_types_and_no_formula():
    sheet = openpyxl.load_workbook(io.BytesIO(sent("xlsx"))).active
    first = [cell.value for cell in sheet[2]]
    assert first == ["'=cmd|' /C calc'!A0", datetime(2026, 11, 21), 3]  # noqa: DTZ001 - a sheet has no zones
    assert all(cell.data_type != "f" for row in sheet for cell in row)


def test_txt_is_one_code_per_line():
    assert sent("txt", [("A", 1), ("B", 2)]) == b"A\r\nB\r\n"


def test_a_long_table_is_sent_in_pieces():
    response = download("Ключи", "csv", HEAD, ((number, None, None) for number in range(1_000)))

    async def pieces() -> int:
        return len([chunk async for chunk in response.body_iterator])

    assert run_apart(pieces()) > 3


@pytest.mark.parametrize("form", ["csv", "csv-comma", "xlsx", "txt"])
def test_a_file_that_fails_at_its_first_row_is_still_refused(form):
    def rows():
        yield 1 / 0, None, None

    said = []

    async def send(message) -> None:
        said.append(message)

    with pytest.raises(ZeroDivisionError):
        run_apart(download("Ключи", form, HEAD, rows()).stream_response(send))
    assert said == []


def test_the_first_piece_is_sent_once():
    said = []

    async def send(message) -> None:
        said.append(message.get("body", b""))

    run_apart(download("Ключи", "txt", HEAD, [("A",), ("B",)]).stream_response(send))
    assert said == [b"", b"A\r\n", b"B\r\n", b""]
