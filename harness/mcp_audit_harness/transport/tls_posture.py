"""Handshakes that look at a certificate and at versions, and send nothing else."""

import socket
import ssl
import time
import warnings
from collections.abc import Callable
from typing import Any

from ..model.tls import TlsPosture
from .faults import one_line

_OLD = (("TLS 1.0", ssl.TLSVersion.TLSv1), ("TLS 1.1", ssl.TLSVersion.TLSv1_1))
_DAY_S = 86_400


def tls_posture(host: str, port: int, *, timeout: float = 3.0) -> TlsPosture:
    """Shake hands as a client of today does, as one that trusts this very certificate, and as clients of old."""

    def shake(context: ssl.SSLContext) -> ssl.SSLSocket:
        plain = socket.create_connection((host, port), timeout)
        try:
            return context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        with shake(unchecked) as connection:
            certificate = connection.getpeercert(binary_form=True) or b""
            version, cipher = connection.version() or "", (connection.cipher() or ("",))[0]
    except (OSError, ValueError) as error:
        return TlsPosture("", "", False, "", "", None, (), one_line(str(error)))
    distrust, _ = _tried(shake, ssl.create_default_context())
    defect, parsed = _tried(shake, _trusting(certificate))
    return TlsPosture(
        version, cipher, not distrust, distrust, defect, _days_left(certificate, parsed), tuple(_old_versions(shake))
    )


def _trusting(certificate: bytes) -> ssl.SSLContext:
    """Return a context for which this certificate is its own authority: what remains are its dates and its names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=certificate)
    return context


def _tried(shake: Callable[[ssl.SSLContext], ssl.SSLSocket], context: ssl.SSLContext) -> tuple[str, dict[str, Any]]:
    """Return what was wrong, and the certificate if nothing was."""
    try:
        with shake(context) as connection:
            return "", connection.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return one_line(error.verify_message), {}
    except OSError as error:
        return one_line(str(error)), {}


def _days_left(certificate: bytes, parsed: dict[str, Any]) -> int | None:
    end = parsed.get("notAfter")
    return int((ssl.cert_time_to_seconds(end) - time.time()) // _DAY_S) if certificate and end else None


def _old_versions(shake: Callable[[ssl.SSLContext], ssl.SSLSocket]) -> list[str]:
    found = []
    for name, version in _OLD:
        try:
            with shake(_of_old(version)):
                found.append(name)
        except (OSError, ValueError):
            continue
    return found


def _of_old(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are retired is the question here
        context.minimum_version = context.maximum_version = version
    return context
