"""Locust's web page on the loopback address, with tabs of its own for what MCP adds to HTTP.

Built on the places that Locust has for this: `extended_tabs` and `extended_tables` name tabs and columns, and every
answer of `/stats/requests` carries their rows. The page draws all of it as text, whatever a target wrote. It shows a
run and can stop it; what is sent was decided before, so that nothing else can be asked of it, least of all by other
web pages in the same browser.
"""

import json
from typing import Final
from urllib.parse import urlsplit

import gevent
from flask import Flask, Response, abort, jsonify, request
from locust.env import Environment
from locust.web import WebUI

from ..plan import Plan
from .entry import Finish
from .metrics import HOST, Look
from .tabs import TABLES, tables

_STATS: Final = "/stats/requests"
_STOP: Final = "/stop"
_START_S: Final = 10.0


def serve_page(environment: Environment, plan: Plan, look: Look, finish: Finish) -> WebUI:
    """Serve the page of a run whose runner has been created; `web_url` says where, `finish` ends the run early.

    Raises:
        OSError: if the port is taken, or the page does not listen in time.
    """
    page = environment.create_web_ui(host=HOST, port=plan.web_port, delayed_start=True)
    page.template_args |= {
        "extended_tabs": [{"key": key, "title": title} for key, (title, _) in TABLES.items()],
        "extended_tables": [
            {"key": key, "structure": [{"key": name, "title": head} for name, head in columns.items()]}
            for key, (_, columns) in TABLES.items()
        ],
    }
    app = page.app
    assert app is not None  # noqa: S101 - the page was made with one
    app.debug = False
    _guard(app, plan.web_port, finish)
    _extend(app, look)
    page.start()  # type: ignore[no-untyped-call]
    _wait_for(page)
    return page


def web_url(plan: Plan) -> str:
    """Return where the page is, opened at the first tab of MCP."""
    return f"http://{HOST}:{plan.web_port}/?tab=mcp"


def _guard(app: Flask, port: int, finish: Finish) -> None:
    """Answer the page itself only: no other origin or name that leads here, nothing but looking and stopping."""
    hosts = {f"{name}:{port}" for name in (HOST, "localhost")}

    def refuse_others() -> Response | None:
        origin = request.headers.get("Origin")
        if request.host not in hosts or (origin is not None and urlsplit(origin).netloc not in hosts):
            abort(403)
        if (request.method, request.path) == ("POST", _STOP):
            finish(interrupted=True)
            return jsonify({"success": True, "message": "The run ends once everything is answered"})
        if request.method not in {"GET", "HEAD"}:
            abort(405)
        return None

    app.before_request(refuse_others)


def _extend(app: Flask, look: Look) -> None:
    def with_tables(response: Response) -> Response:
        if request.path == _STATS and response.is_json:
            response.set_data(json.dumps({**response.get_json(), "extended_stats": tables(look())}))
        response.headers.pop("Access-Control-Allow-Origin", None)
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    # The last one to see an answer is the first one that was registered: Locust's own lets every origin read it.
    app.after_request_funcs.setdefault(None, []).insert(0, with_tables)


def _wait_for(page: WebUI) -> None:
    with gevent.Timeout(_START_S, OSError(f"the web page does not listen within {_START_S:.0f} s")):
        while page.server is None or not page.server.started:
            if page.greenlet is not None and page.greenlet.ready():
                raise OSError(f"cannot listen on {HOST}:{page.port}: {page.greenlet.exception}")
            gevent.sleep(0.01)
