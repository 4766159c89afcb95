import re

NEXT_PAGE_TOKEN = "CAUQAA8f7d6s5a"  # good
special_tokens = {"eos_token": "<|endoftext|>", "pad_token": "<pad_0001>"}  # good
secret = re.compile(r"ghp_[A-Za-z0-9]{36}")  # good
API_KEY_HEADER = "X-Api-Key-V2"  # good
password_field = "input#password2"  # good


def sign_in(form: dict[str, str]) -> str:
    """Log in with a password such as tr0ub4dor&3-Kx9."""  # good
    return form["password"]
