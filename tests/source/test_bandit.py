"""What is made of bandit's output, and that each chosen test is seen by bandit itself."""

import json
from pathlib import Path

import pytest
from mcp_audit_harness.model import Engine, Language, Severity
from mcp_audit_harness.source.bandit import read_output, run_bandit, selection
from mcp_audit_harness.source.tree import SourceFile, read_tree

SOURCE = """import pickle, random, tarfile
token = random.choice("ab")
delay = random.random()
tarfile.open("a").extractall("b")
tarfile.open("a").extractall(
    "b",
    filter="data",
)
value = pickle.loads(b"")  # noqa: S301 - our own cache
"""
FILE = SourceFile("src/server.py", Language.PYTHON, SOURCE, test=False, aside=False)

EVERY = """import ftplib
import hashlib
import logging.config
import marshal
import os
import pickle
import random
import ssl
import tarfile
import telnetlib
import tempfile

import paramiko
import requests
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from flask import Flask

app = Flask(__name__)


def everything(path, data, password, user):
    os.chmod(path, 0o777)
    open("/tmp/fixed.txt", "w").write("x")
    app.run(debug=True)
    tarfile.open(path).extractall("/srv")
    pickle.loads(data)
    marshal.loads(data)
    cipher = algorithms.ARC4(data)
    mode = modes.ECB()
    name = tempfile.mktemp()
    session_token = random.random()
    telnetlib.Telnet("example.org")
    ftplib.FTP("example.org")
    context = ssl._create_unverified_context()
    stored = hashlib.md5(password.encode()).hexdigest()
    requests.get("https://example.org", verify=False, timeout=5)
    ssl.wrap_socket(ssl_version=ssl.PROTOCOL_SSLv3)
    key = rsa.generate_private_key(65537, 1024)
    yaml.load(data)
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    logging.config.listen(9999)
    access = "user"  # \u202e hidden
    return cipher, mode, name, session_token, context, stored, key, access


def old(version=ssl.PROTOCOL_TLSv1):
    return version
"""


def row(test: str, line: int, **more: object) -> dict[str, object]:
    return {"test_id": test, "filename": "tree/src/server.py", "line_number": line, "col_offset": 8, **more}


def output(*rows: object, **more: object) -> str:
    return json.dumps({"results": list(rows), **more})


def test_a_row_becomes_a_finding_with_its_line_in_words_of_ours() -> None:
    (finding,) = read_output(output(row("B311", 2)), [FILE]).findings
    assert (finding.rule, str(finding.place), finding.place.column) == ("bandit/B311", "src/server.py:2", 9)
    assert finding.place.text == 'token = random.choice("ab")'
    assert finding.severity is Severity.MEDIUM
    assert finding.message == "A secret is made with the module random."


def test_random_numbers_that_are_no_secrets_do_not_count() -> None:
    assert not read_output(output(row("B311", 3)), [FILE]).findings


def test_a_statement_is_read_to_its_end() -> None:
    assert len(read_output(output(row("B202", 4)), [FILE]).findings) == 1
    assert not read_output(output(row("B202", 5)), [FILE]).findings, "the filter is two lines below"


def test_a_line_that_its_author_marked_for_ruff_is_left_out() -> None:
    assert not read_output(output(row("B301", 9)), [FILE]).findings


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "text",
        row("B311", 2, filename="tree/other.py"),
        row("B311", 2, filename="../../etc/passwd"),
        row("B999", 2),
        row("B311", 2, line_number="2"),
        {"test_id": ["B311"]},
    ],
)
def test_rows_that_are_not_of_the_tree_or_not_asked_for_are_left_out(odd: object) -> None:
    assert not read_output(output(odd), [FILE]).findings


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}", '{"results": 3}'])
def test_output_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no results|Expecting"):
        read_output(text, [FILE])


def test_a_file_that_bandit_could_not_read_is_said() -> None:
    looked = read_output(output(errors=[{"filename": "tree/src/server.py", "reason": "syntax error"}]), [FILE])
    assert [(item.what, item.why) for item in looked.unrun] == [("bandit on src/server.py", "syntax error")]


def test_every_chosen_test_says_what_why_and_how() -> None:
    for name, chosen in selection().items():
        rule = chosen.rule
        assert rule.id == f"bandit/{name}"
        assert rule.engine is Engine.BANDIT
        assert rule.weakness.startswith("CWE-")
        assert all((rule.title, rule.why, rule.remediation, chosen.says.endswith(".")))


def test_a_tree_without_python_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "index.ts").write_text("export const a = 1;\n")
    assert not run_bandit(read_tree(tmp_path)).rules


def test_a_missing_package_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "server.py").write_text("a = 1\n")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (said,) = run_bandit(read_tree(tmp_path)).unrun
    assert (said.what, said.why) == ("bandit", "it is not installed: pip install 'mcp-audit[source]'")


@pytest.mark.e2e
def test_bandit_finds_each_of_the_chosen_defects_and_nothing_in_tests(tmp_path: Path) -> None:
    pytest.importorskip("bandit")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "server.py").write_text(EVERY, encoding="utf-8")
    (tmp_path / "test_server.py").write_text(EVERY, encoding="utf-8")
    (tmp_path / ".bandit").write_text("[bandit]\nskips = B301\n")
    looked = run_bandit(read_tree(tmp_path))
    assert {finding.rule for finding in looked.findings} == {rule.id for rule in looked.rules}
    assert {finding.place.path for finding in looked.findings} == {"src/server.py"}
    assert not looked.unrun
