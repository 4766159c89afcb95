import os

API_KEY = os.environ["SERVICE_API_KEY"]
API_KEY_ENV = "SERVICE_API_KEY_2"  # good
DEFAULT_TOKEN = "your-api-token-123"  # good
PASSWORD = ""  # good
SECRET = "changeme123"  # good
TOKEN_URL = "https://login.example.com/oauth2/token"  # good
token = "access_token"  # good
CONFIG = {"password": "${DB_PASSWORD}", "api_key": "<your key 1234>", "secret": "xxxxxxxx"}  # good
SAMPLE = "AKIAIOSFODNN7EXAMPLE"  # good
URL = "postgresql://user:password@localhost/db"  # good
LOCAL = "postgresql://notes:notes@localhost:5432/notes"  # good
