"""The stream of the legacy HTTP+SSE transport, and the address for messages that its first event names."""

from dataclasses import dataclass

import httpx2

from ..model import SseEvent
from .faults import one_line
from .http import HttpClient, HttpRequest, parsed
from .http_stream import HttpStream
from .reading import OnEvent


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go."""

    url: str = ""
    """Empty where the target named none that may be used."""
    refusal: str = ""
    """Why what the target named is not used."""


class SseChannel:
    """An open stream whose `endpoint` event says where to POST."""

    def __init__(self, url: str) -> None:
        self._url = parsed(url)
        self._on_event: OnEvent | None = None
        self.endpoint: Endpoint | None = None
        """None until the event has arrived."""
        self._source: HttpStream | None = None

    @property
    def source(self) -> HttpStream:
        """The open stream; only after `open`."""
        if self._source is None:
            raise RuntimeError("the channel was not opened")
        return self._source

    async def open(
        self, client: HttpClient, request: HttpRequest, *, timeout: float, on_event: OnEvent | None = None
    ) -> None:
        """Send the GET, and wait for the endpoint, at most `timeout` seconds for each."""
        self._on_event = on_event
        self._source = await client.open_stream(request, timeout=timeout, on_event=self._take)
        if self._source.reading.streams:
            await self._source.wait(lambda: self.endpoint is not None, timeout)

    async def aclose(self) -> None:
        """Close the stream."""
        if self._source is not None:
            await self._source.aclose()

    def _take(self, event: SseEvent) -> bool:
        if event.event == "endpoint" and self.endpoint is None:
            self.endpoint = self._resolve(event.data)
        return self._on_event(event) if self._on_event is not None else False

    def _resolve(self, reference: str) -> Endpoint:
        """Only the origin that the operator named is spoken to, whatever a target says."""
        try:
            url = self._url.join(reference.strip())
        except (httpx2.InvalidURL, ValueError):
            return Endpoint(refusal="the endpoint event holds no URL")
        if not url.host or url.origin != self._url.origin or url.userinfo:
            named = one_line(f"{url.scheme}://{url.host}" if url.host else str(url))
            return Endpoint(refusal=f"the endpoint event names another origin, {named}, which is not used")
        return Endpoint(str(url.copy_with(fragment=None)))
