from collections import defaultdict
from time import monotonic

sessions = {}
calls = defaultdict(list)


def opened(session_id: str, user: str) -> None:
    sessions[session_id] = {"user": user, "since": monotonic()}  # bad


def known(session_id: str) -> bool:
    return session_id in sessions


class Limiter:
    def __init__(self, most: int) -> None:
        self.most = most
        self._calls: dict[str, list[float]] = defaultdict(list)
        self._answers = {}

    def allows(self, request) -> bool:
        times = self._calls[request.client.host]  # bad
        times[:] = [time for time in times if time > monotonic() - 60]
        times.append(monotonic())
        return len(times) <= self.most

    def keep(self, request_id: int, answer: str) -> None:
        self._answers.setdefault(request_id, answer)  # bad


def called(ctx) -> None:
    calls[f"{ctx.client_id}/tools"].append(monotonic())  # bad
