import os
from pathlib import Path

from dotenv import find_dotenv, load_dotenv
from platformdirs import user_config_path
from pydantic_settings import BaseSettings, SettingsConfigDict

load_dotenv()  # good
load_dotenv(find_dotenv())  # good
load_dotenv(Path(__file__).parent / ".env")  # good
load_dotenv(os.path.join(os.path.dirname(__file__), ".env"))  # good
load_dotenv(Path.home() / ".notes" / ".env")  # good
load_dotenv(os.environ.get("NOTES_ENV_FILE"))  # good
load_dotenv("/etc/notes/env")  # good


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=user_config_path("notes") / ".env")  # good
    api_url: str = "https://api.example.com"


class Plain(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="NOTES_")  # good
