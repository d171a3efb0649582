"""uvicorn's fast reader of requests, with an end to what it collects."""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.kit.serving import HEAD_MAX

_AROUND = len(b": \r\n")
_LINE = len(b"  HTTP/1.1\r\n\r\n")


class BoundedHeads(HttpToolsProtocol):
    """Refuses heads, trailers and chunk extensions without end, which httptools would keep."""

    _pending = 0
    """Bytes that belong to no body and to no finished message yet."""

    def data_received(self, data: bytes) -> None:
        self._pending += len(data)
        super().data_received(data)
        if self._pending > HEAD_MAX and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        """Counts the head itself: one that came in a single piece was never pending."""
        lines = sum(len(name) + len(value) + _AROUND for name, value in self.headers)
        first = len(self.parser.get_method()) + len(self.url) + _LINE
        if first + lines > HEAD_MAX:
            raise httptools.HttpParserError("The head of the request is too large.")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending = 0
        super().on_message_complete()
