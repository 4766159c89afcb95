"""TLS settings for connections to a target."""

import ssl

import httpx2


def client_context(scheme: str, *, verify: bool) -> ssl.SSLContext:
    """Return the context for `scheme`; the trusted certificates are only loaded where they are needed.

    They are the system's, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` name: how an operator trusts a private
    authority.
    """
    return httpx2.create_ssl_context(verify=scheme == "https" and verify)
