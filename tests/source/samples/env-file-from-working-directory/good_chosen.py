import argparse

from dotenv import load_dotenv

parser = argparse.ArgumentParser()
parser.add_argument("--env-file")

if __name__ == "__main__":
    chosen = parser.parse_args().env_file
    if chosen:
        load_dotenv(chosen)  # good
