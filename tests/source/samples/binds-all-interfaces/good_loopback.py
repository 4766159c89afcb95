import argparse
import ipaddress
import os

import uvicorn

parser = argparse.ArgumentParser()
parser.add_argument("--host", default="127.0.0.1", help="use 0.0.0.0 in a container")  # good
BLOCKED = {"0.0.0.0", "::", "localhost"}  # good
PRIVATE = [ipaddress.ip_network("0.0.0.0/8"), ipaddress.ip_address("0.0.0.0")]  # good


def is_open(host: str) -> bool:
    return host in ("0.0.0.0", "::", "")  # good


def address(url_host: str) -> str:
    return "localhost" if url_host == "0.0.0.0" else url_host  # good


def main(app) -> None:
    in_container = os.path.exists("/.dockerenv")
    host = "0.0.0.0" if in_container else "127.0.0.1"  # good
    uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1") or host)  # good
