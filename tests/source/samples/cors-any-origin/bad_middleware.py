from fastapi import FastAPI
from flask import Flask
from flask_cors import CORS
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

ORIGINS = ["*"]
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)  # bad
app.add_middleware(CORSMiddleware, allow_origins=ORIGINS, allow_methods=["POST"])  # bad
inner = [Middleware(CORSMiddleware, allow_origin_regex=".*")]  # bad
CORS(Flask("plain"))  # bad
CORS(Flask("named"), origins="*")  # bad


def wrapped(asgi, allowed: list[str] | None = None):
    return CORSMiddleware(asgi, allow_origins=allowed or ["*"])  # bad
