import argparse

import httpx

PLATFORM_ADDRESSES = {"FLY_APP_NAME": "0.0.0.0", "RENDER": "0.0.0.0"}  # good
SEPARATOR = "::"  # good
parser = argparse.ArgumentParser()
parser.add_argument("--version-mask", default="0.0.0.0")  # good


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(local_address="0.0.0.0"))  # good


def shown(host: str) -> str:
    return host.replace("0.0.0.0", "localhost")  # good


CONTAINER = {"image": "notes:1", "environment": {"NOTES_HOST": "0.0.0.0"}}  # good
