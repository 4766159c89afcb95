"""Whether traffic is protected, judged by what handshakes showed."""

from dataclasses import replace

import pytest
from mcp_audit_harness.model import Status, TlsPosture
from mcp_audit_scenarios.attacks import tls

from tests.exchanges import exchange, status

CONTROL = exchange(result={})
GOOD = TlsPosture("TLSv1.3", "TLS_AES_256_GCM_SHA384", True, "", "", 60, ())
OWN = replace(GOOD, trusted=False, distrust="self-signed certificate")
ENDED = replace(OWN, defect="certificate has expired", days_left=None)
NOTHING = TlsPosture("", "", False, "", "", None, (), "connection refused")


@pytest.mark.parametrize(
    ("handshakes", "local", "expected"),
    [
        (GOOD, False, Status.PASS),
        (OWN, True, Status.PASS),
        (OWN, False, Status.FAIL),
        (ENDED, True, Status.FAIL),
        (None, False, Status.FAIL),
        (None, True, Status.NOT_APPLICABLE),
        (NOTHING, False, Status.NOT_OBSERVED),
    ],
)
def test_protection(handshakes: TlsPosture | None, local: bool, expected: Status) -> None:
    assert status(tls.not_protected, tls.Protection(CONTROL, handshakes, local)) is expected


@pytest.mark.parametrize(
    ("handshakes", "expected"),
    [
        (GOOD, Status.PASS),
        (replace(GOOD, days_left=13), Status.FAIL),
        (ENDED, Status.NOT_OBSERVED),
        (None, Status.NOT_APPLICABLE),
    ],
)
def test_the_end_of_a_certificate(handshakes: TlsPosture | None, expected: Status) -> None:
    assert status(tls.certificate_ends_soon, tls.Protection(CONTROL, handshakes, local=False)) is expected


@pytest.mark.parametrize(
    ("handshakes", "expected"),
    [
        (GOOD, Status.PASS),
        (replace(GOOD, old_versions=("TLS 1.0",)), Status.FAIL),
        (NOTHING, Status.NOT_OBSERVED),
        (None, Status.NOT_APPLICABLE),
    ],
)
def test_old_versions(handshakes: TlsPosture | None, expected: Status) -> None:
    assert status(tls.accepts_old_version, tls.Protection(CONTROL, handshakes, local=False)) is expected


def test_strict_transport() -> None:
    told = exchange(result={}, headers=(("strict-transport-security", "max-age=1"),))
    assert status(tls.no_hsts, tls.Protection(told, GOOD, local=False)) is Status.PASS
    assert status(tls.no_hsts, tls.Protection(CONTROL, GOOD, local=False)) is Status.FAIL
    assert status(tls.no_hsts, tls.Protection(CONTROL, None, local=True)) is Status.NOT_APPLICABLE
