import sys

from aiohttp import web
from flask import Flask

app = web.Application(client_max_size=0)  # bad
flask = Flask("server")
flask.config["MAX_CONTENT_LENGTH"] = None  # bad


def serve(run, manager, server):
    run(app, max_request_size=None)  # bad
    manager(server, max_request_body_size=sys.maxsize)  # bad
    run(app, max_body_size=float("inf"))  # bad
