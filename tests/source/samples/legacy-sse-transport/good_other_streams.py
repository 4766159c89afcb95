import subprocess

from sse_starlette.sse import EventSourceResponse


async def ticks(request):
    async def each():
        yield {"event": "tick", "data": "1"}

    return EventSourceResponse(each())  # good


def build() -> None:
    subprocess.run(["make", "sse"], check=True)  # good
