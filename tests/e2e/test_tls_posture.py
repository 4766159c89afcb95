"""What handshakes show of real servers: trustme's certificates, served by the standard library."""

import datetime
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from mcp_audit_harness.transport.tls_posture import tls_posture

from tests.servers import closed_port

AUTHORITY = trustme.CA()


@contextmanager
def _serving(certificate: trustme.LeafCert, *, old: bool = False) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if old:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(1)
            except OSError:
                plain.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _trusting(monkeypatch: pytest.MonkeyPatch, directory: Path) -> None:
    path = directory / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def test_a_certificate_of_a_known_authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _trusting(monkeypatch, tmp_path)
    with _serving(AUTHORITY.issue_cert("localhost")) as port:
        found = tls_posture("localhost", port)
    assert (found.trusted, found.defect, found.old_versions, found.version) == (True, "", (), "TLSv1.3")
    assert found.days_left is not None
    assert found.days_left > 0


def test_a_certificate_of_nobody() -> None:
    with _serving(AUTHORITY.issue_cert("localhost")) as port:
        found = tls_posture("localhost", port)
    assert not found.trusted
    assert found.distrust
    assert found.defect == ""


def test_a_certificate_for_another_name() -> None:
    with _serving(AUTHORITY.issue_cert("other.example")) as port:
        assert "ismatch" in tls_posture("localhost", port).defect


def test_a_certificate_that_has_ended() -> None:
    ended = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    with _serving(AUTHORITY.issue_cert("localhost", not_after=ended)) as port:
        assert "expired" in tls_posture("localhost", port).defect


def test_old_versions_are_seen() -> None:
    with _serving(AUTHORITY.issue_cert("localhost"), old=True) as port:
        assert tls_posture("localhost", port).old_versions == ("TLS 1.0", "TLS 1.1")


def test_where_nothing_listens_there_is_no_handshake() -> None:
    port = int(closed_port().rpartition(":")[2].rstrip("/").partition("/")[0])
    assert tls_posture("127.0.0.1", port).problem
