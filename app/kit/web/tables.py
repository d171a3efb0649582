"""Tables as files: CSV and XLSX row by row, plain text; no cell is ever a formula."""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, Literal
from urllib.parse import quote

from fastapi.responses import StreamingResponse
from starlette.types import Send

Format = Literal["csv", "csv-comma", "xlsx", "txt"]
Row = Sequence[object]
Piece = str | bytes | memoryview
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "csv-comma": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CHUNK, _LINES = 1 << 16, 200


def download(name: str, form: Format, head: Row, rows: Iterable[Row]) -> "Download":
    """The table as a file with this name; rows are taken while they are sent."""
    chunks = _CHUNKS[form](head, rows)
    file = quote(f"{name}.{form.partition('-')[0]}", safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{file}"}
    return Download(chunks, media_type=_MEDIA[form], headers=headers)


class Download(StreamingResponse):
    """A file that is made while it is sent; before its first piece an error is still a refusal."""

    async def stream_response(self, send: Send) -> None:
        pieces = aiter(self.body_iterator)
        self.body_iterator = _chained(await anext(pieces, b""), pieces)
        await super().stream_response(send)


async def _chained(first: Piece, others: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    yield first
    async for piece in others:
        yield piece


def harmless(cell: object) -> str:
    """A cell as text that no table program runs."""
    text = "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(head: Row, rows: Iterable[Row], delimiter: str = ";") -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    table = csv.writer(buffer, delimiter=delimiter)
    buffer.write("\ufeff")
    table.writerow([harmless(cell) for cell in head])
    for number, row in enumerate(rows, 1):
        table.writerow([harmless(cell) for cell in row])
        if number % _LINES == 0:
            yield _drained(buffer)
    yield _drained(buffer)


def _csv_comma(head: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    return _csv(head, rows, ",")


def _drained(buffer: io.StringIO) -> bytes:
    data = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return data


def _txt(head: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Only the first cell of each row, one per line: codes to be pasted somewhere."""
    del head
    for row in rows:
        yield f"{row[0]}\r\n".encode()


def _xlsx(head: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Typed cells; the sheet lies in a file while it grows."""
    with tempfile.TemporaryFile() as file:
        _write_book(file, head, rows)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _write_book(file: io.BufferedRandom, head: Row, rows: Iterable[Row]) -> None:
    import xlsxwriter  # noqa: PLC0415 - a server starts without it

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for column, cell in enumerate(head):
            sheet.write_string(0, column, str(cell), bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, formats[type(cell)])
                elif isinstance(cell, int | float) and not isinstance(cell, bool):
                    sheet.write_number(number, column, cell)
                else:
                    sheet.write_string(number, column, harmless(cell))


_CHUNKS: Final = {"csv": _csv, "csv-comma": _csv_comma, "xlsx": _xlsx, "txt": _txt}
