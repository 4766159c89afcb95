"""Sorts what a server sends over HTTP: messages, requests of its own, data that is no JSON."""

from collections.abc import Callable, Collection
from typing import Any

from ..model import JsonObject, SseEvent
from ..wire.codec import IdKey, id_key, is_response, objects, parse, request_ids

OnRequest = Callable[[JsonObject], None]


def no_request(_: JsonObject) -> None:
    """Leave a server's request unanswered."""


class Inbox:
    """Messages in order of arrival, and whether those that answer `sent` are among them.

    Satisfied once every id in `sent` has its response; an error without an id answers anything. If nothing with an id
    was sent, the first response is taken for the answer. `until_endpoint` is also satisfied by the event that opens a
    legacy HTTP+SSE stream.
    """

    def __init__(
        self,
        sent: Any = None,
        on_request: OnRequest = no_request,
        *,
        depth: int = 64,
        until_endpoint: bool = False,
    ) -> None:
        self._sent = request_ids(sent)
        self._on_request = on_request
        self._depth = depth
        self._until_endpoint = until_endpoint
        self._opened = False
        self._responded: set[IdKey] = set()
        self.messages: list[Any] = []
        self.strays: list[str] = []

    @property
    def awaiting(self) -> bool:
        """Whether a server has to respond to what was sent."""
        return bool(self._sent)

    def __call__(self, event: SseEvent) -> bool:
        """Take an event of the stream; return whether all that is awaited has arrived."""
        if event.event == "message" and event.data:
            self.take(event.data)
        elif event.event == "endpoint" and self._until_endpoint:
            self._opened = True
        return self._opened or self.responds(self._sent)

    def take(self, text: str) -> None:
        """Take the text of one message, or of a batch."""
        try:
            message = parse(text, depth=self._depth)
        except ValueError:
            self.strays.append(text)
            return
        self.messages.append(message)
        for item in objects(message):
            if is_response(item):
                self._responded.add(id_key(item.get("id")))
            elif "method" in item and "id" in item:
                self._on_request(item)

    def responds(self, ids: Collection[IdKey]) -> bool:
        """Whether everything in `ids` has its response, or, if that is nothing, any response has arrived."""
        anonymous = id_key(None) in self._responded
        return anonymous or (self._responded.issuperset(ids) if ids else bool(self._responded))

    def answers(self, ids: Collection[IdKey]) -> bool:
        """Whether each of `ids` has a response under that id."""
        return self._responded.issuperset(ids)

    def holds(self, method: str) -> bool:
        """Whether a message with `method` has arrived."""
        return any(item.get("method") == method for message in self.messages for item in objects(message))

    def copy(self) -> "Inbox":
        """Return the messages so far, as an inbox of their own."""
        other = Inbox(depth=self._depth)
        other.messages, other.strays = list(self.messages), list(self.strays)
        return other

    def drain(self, *, foreign: Collection[IdKey] = (), only: Collection[IdKey] | None = None) -> "Inbox":
        """Hand over messages and forget them: all but responses to `foreign` ids, or responses to `only` some."""
        other = self.copy()
        if only is not None:
            other.strays.clear()
            other.messages = [message for message in self.messages if _responses(message) & set(only)]
        else:
            self.strays.clear()
            other.messages = [message for message in self.messages if not _responses(message) & set(foreign)]
        taken = {id(message) for message in other.messages}
        self.messages = [message for message in self.messages if id(message) not in taken]
        self._responded = {key for message in self.messages for key in _responses(message)}
        return other


def _responses(message: Any) -> set[IdKey]:
    return {id_key(item.get("id")) for item in objects(message) if is_response(item)}
