"""TLS: whom the harness trusts."""

from typing import Any

import pytest
import trustme
from mcp_audit_harness.model import Exchange, Outcome, Revision
from mcp_audit_harness.session.http import HttpConnector

from tests.servers import serving
from tests.toy import Toy, talk

pytestmark = pytest.mark.e2e


def test_tls_is_verified_unless_the_operator_says_otherwise(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    key, chain, root = tmp_path / "key.pem", tmp_path / "chain.pem", tmp_path / "root.pem"
    certificate.private_key_pem.write_to_path(str(key))
    certificate.cert_chain_pems[0].write_to_path(str(chain))
    authority.cert_pem.write_to_path(str(root))
    seen: list[Exchange] = []

    async def conversation(connector: HttpConnector) -> None:
        seen.append(await connector.http(Revision.V2025_11_25, "s", "DELETE"))
        data = connector.http_request_bytes({"jsonrpc": "2.0", "method": "x"})
        seen.append(await connector.raw(Revision.V2025_11_25, "s", data))

    with serving(Toy(), ssl_certfile=str(chain), ssl_keyfile=str(key)) as url:
        talk(url, conversation)
        talk(url, conversation, verify_tls=False)
        monkeypatch.setenv("SSL_CERT_FILE", str(root))
        talk(url, conversation)
        talk(url.replace("https:", "http:"), conversation)
    assert [exchange.outcome for exchange in seen[:2]] == [Outcome.UNREACHABLE] * 2
    assert all("certificate is not trusted" in exchange.note for exchange in seen[:2])
    assert [exchange.status for exchange in seen[2:6]] == [204, 202, 204, 202]
    assert {exchange.outcome for exchange in seen[6:]} <= {Outcome.CLOSED, Outcome.MALFORMED, Outcome.RESET}
