import os

from fastapi import FastAPI
from flask import Flask
from flask_cors import CORS
from starlette.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_methods=["*"])  # good
app.add_middleware(CORSMiddleware, allow_origins=os.environ.get("ORIGINS", "").split(","))  # good
app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://.*\.example\.com", allow_headers=["*"])  # good
CORS(Flask("named"), origins=["https://app.example.com"])  # good


def answer(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Headers": "*"}  # good
