from collections import OrderedDict, defaultdict
from time import monotonic
from weakref import WeakKeyDictionary

from cachetools import TTLCache

sessions = {}
recent = TTLCache(maxsize=1000, ttl=600)
of_session = WeakKeyDictionary()
prices = {}
handed_out = {}


def opened(session_id: str, user: str) -> None:
    sessions[session_id] = user  # good
    recent[session_id] = user  # good


def closed(session_id: str) -> None:
    sessions.pop(session_id, None)


def price(article: str, amount: int) -> None:
    prices[article] = amount  # good


def keep(client_id: str) -> dict:
    handed_out[client_id] = monotonic()  # good
    expire(handed_out, 600)
    return handed_out


class Waiting:
    def __init__(self) -> None:
        self._answers = {}
        self._last = OrderedDict()
        self._calls = defaultdict(list)

    def ask(self, request_id: int, question: str) -> None:
        self._answers[request_id] = question  # good

    def answer(self, request_id: int) -> None:
        del self._answers[request_id]

    def seen(self, client_id: str) -> None:
        if len(self._last) >= 1000:
            self._last = OrderedDict()
        self._last[client_id] = monotonic()  # good

    def called(self, session_id: str) -> None:
        self._calls[session_id].append(monotonic())  # good

    def sweep(self) -> None:
        self._calls = defaultdict(list)


def headers_of(session_id: str) -> dict[str, str]:
    headers = {}
    headers[session_id] = "yes"  # good
    return headers


clients = {}


def client_of(region: str) -> object:
    client_key = f"s3_{region}"
    if client_key not in clients:
        clients[client_key] = connect(region)  # good
    return clients[client_key]
