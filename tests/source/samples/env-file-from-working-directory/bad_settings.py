from pathlib import Path

from dotenv import dotenv_values, find_dotenv, load_dotenv
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_FILE = Path(".env")
load_dotenv(".env")  # bad
load_dotenv(dotenv_path=Path.cwd() / ".env")  # bad
load_dotenv(find_dotenv(usecwd=True))  # bad
load_dotenv(ENV_FILE, override=True)  # bad
VALUES = dotenv_values("config/.env")  # bad


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="NOTES_", env_file=".env")  # bad
    api_url: str = "https://api.example.com"


class Older(BaseSettings):
    class Config:
        env_file = (".env", ".env.local")  # bad
