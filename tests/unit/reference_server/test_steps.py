"""Steps together with what they left."""

import os
from pathlib import Path

from oraclepack_mcp.composition import compose
from oraclepack_mcp.settings import RootSetting, Settings

_PACK = "```bash\nout_dir=out\n# 01) Ask\noracle --write-output out/{name}.md\n```\n"


def test_a_pack_that_has_changed_is_read_anew_even_if_its_size_and_time_have_not(tmp_path: Path) -> None:
    file = tmp_path / "p.md"
    steps = compose(Settings(roots=(RootSetting(name="work", path=tmp_path),))).steps
    missing = []
    for name in ("a", "b"):
        file.write_text(_PACK.format(name=name))
        os.utime(file, (1, 1))
        failures = steps.verify_outputs("p.md", (), require_headings=False, chunk_mode="auto").failures
        missing.append([failure.path for failure in failures])
    assert missing == [["out/a.md"], ["out/b.md"]]
