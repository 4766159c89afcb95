from dataclasses import dataclass

import click
import typer
from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    host: str = "0.0.0.0"  # bad
    listen_address: str = Field(default="0.0.0.0", description="where to listen")  # bad


@dataclass
class Web:
    bind_host: str = "::"  # bad


@click.command()
@click.option("--host", default="0.0.0.0")  # bad
def main(host: str) -> None:
    print(host)


def other(host: str = typer.Option("0.0.0.0", "--host", help="address")) -> None:  # bad
    print(host)


def config() -> dict[str, object]:
    return {"host": "0.0.0.0", "port": 8000}  # bad
