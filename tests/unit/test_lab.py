"""What the auditor brings along: planted files and a listener."""

from pathlib import Path

import anyio
import httpx2
import pytest
from mcp_audit_harness.errors import HarnessError
from mcp_audit_harness.lab.canary import open_canary
from mcp_audit_harness.lab.planting import Plantation


def test_every_planted_file_holds_its_own_text_and_all_are_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    kept = home / "kept.txt"
    kept.write_text("kept")
    plantation = Plantation(str(home))
    planted = plantation.plant()
    files = [planted.inside, planted.beyond, planted.link, planted.through, planted.beside, planted.sibling]
    assert all(file is not None and Path(file.path).read_text().strip() == file.text for file in files)
    assert len({file.text for file in files if file is not None}) == 4
    assert planted.sibling is not None
    assert planted.sibling.path.startswith(str(home))
    assert planted.link.text == planted.beyond.text
    assert plantation.plant() is planted
    plantation.clear()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["home", "kept.txt"]
    assert not Path(planted.beyond.path).parent.exists()


def test_a_directory_that_cannot_be_planted_is_our_own_error(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="cannot plant"):
        Plantation(str(tmp_path / "absent")).plant()


@pytest.mark.anyio
async def test_the_canary_notes_who_came_by_which_address() -> None:
    async with open_canary("127.0.0.1") as canary, httpx2.AsyncClient(follow_redirects=True) as client:
        page = canary.url(body="<x/>", content_type="text/xml", suffix="/data.xml")
        first = canary.url(to=page)
        quiet = canary.url()
        assert (await client.post(first, content=b"hello", headers={"x-token": "t"})).text == "<x/>"
        visits = await canary.wait(first)
        assert [(visit.method, visit.body, visit.header("X-Token")) for visit in visits] == [("POST", "hello", "t")]
        assert [visit.method for visit in canary.visits(page)] == ["GET"]
        assert await canary.wait(quiet, timeout=0.05) == ()
        assert (await client.get(f"http://127.0.0.1:{canary.port}/guessed")).status_code == 404
        assert [visit.target for visit in canary.visits("")] == ["/guessed"]
        assert (await client.get(f"{quiet}/more")).text == "ok"
        assert [visit.target for visit in canary.visits(quiet)] == [f"{httpx2.URL(quiet).path}/more"]
        odd = await anyio.connect_tcp("127.0.0.1", canary.port)
        await odd.send(b"\x16\x03\x01")
        await odd.aclose()
        assert (await client.get(quiet)).text == "ok"
