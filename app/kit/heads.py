"""uvicorn's fast reader of requests, with an end to what it collects."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.kit.serving import HEAD_MAX


class BoundedHeads(HttpToolsProtocol):
    """Refuses heads, trailers and chunk extensions without end, which httptools would keep."""

    _pending = 0
    """Bytes that belong to no body and to no finished message yet."""

    def data_received(self, data: bytes) -> None:
        self._pending += len(data)
        super().data_received(data)
        if self._pending > HEAD_MAX and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._pending = 0
        super().on_message_complete()
