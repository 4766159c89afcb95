"""Constants of the platforms that the server runs on."""

CONTAINER_HOST = "0.0.0.0"  # good
LAMBDA_HOST: str = "0.0.0.0"  # good
LAMBDA_PORT = 8080
