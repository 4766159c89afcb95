"""Faults of a server that serves TLS: certificates that end, and versions that are retired."""

import datetime
import ssl
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from oraclepack_faults.fault import ASGIApp, replaces, wraps_http
from oraclepack_faults.transport.asgi import changing_starts, with_fields

_CONFIGURE = "oraclepack_mcp.http.listening._configure"


@replaces("tls/not-protected", "transport", _CONFIGURE)
def serves_ended_certificate(configure: Callable[..., Any]) -> Callable[..., Any]:
    """The certificate ended an hour ago."""
    return _with_end(configure, datetime.timedelta(hours=-1))


@replaces("tls/certificate-ends-soon", "transport", _CONFIGURE)
def serves_ending_certificate(configure: Callable[..., Any]) -> Callable[..., Any]:
    """The certificate ends in three days."""
    return _with_end(configure, datetime.timedelta(days=3))


def _with_end(configure: Callable[..., Any], left: datetime.timedelta) -> Callable[..., Any]:
    def configured(app: Any, settings: Any) -> Any:
        tls = settings.tls
        if tls is None:
            return configure(app, settings)
        path = Path(tempfile.mkdtemp(prefix="oraclepack-fault-"), "certificate.pem")
        path.write_bytes(_reissued(tls.certificate.read_bytes(), tls.key.read_bytes(), left))
        other = tls.model_copy(update={"certificate": path})
        return configure(app, settings.model_copy(update={"tls": other}))

    return configured


def _reissued(certificate: bytes, key: bytes, left: datetime.timedelta) -> bytes:
    """Return the same certificate with another end."""
    old = x509.load_pem_x509_certificate(certificate)
    signer: Any = serialization.load_pem_private_key(key, None)
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=10))
        .not_valid_after(now + left)
    )
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@replaces("tls/accepts-old-version", "transport", _CONFIGURE)
def accepts_old_versions(configure: Callable[..., Any]) -> Callable[..., Any]:
    """TLS 1.0 and 1.1 are spoken as well."""

    def configured(app: Any, settings: Any) -> Any:
        config = configure(app, settings)
        load = config.load

        def loaded() -> None:
            load()
            if config.ssl is not None:
                config.ssl.set_ciphers("ALL:@SECLEVEL=0")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    config.ssl.minimum_version = ssl.TLSVersion.TLSv1

        config.load = loaded
        return config

    return configured


@wraps_http("tls/no-hsts", "transport")
def leaves_hsts_out(app: ASGIApp) -> ASGIApp:
    """Answers over https do not tell browsers to stay there."""
    return changing_starts(app, lambda _, start: with_fields(start, {"strict-transport-security": None}))
