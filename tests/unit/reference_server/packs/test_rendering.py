"""A pack made out of data gives the data back when it is read."""

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.rendering import CATEGORIES, read_manifest, render
from oraclepack_mcp.packs.validation import validate

WORDS = st.text(alphabet=string.ascii_letters + string.digits + ".,:/+\u00e9\u4e2d", min_size=1, max_size=12)
TITLES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
TAME_CODE = st.lists(
    st.sampled_from(
        ["", "echo hi", "oracle \\", '  -p "x"', "# a comment", "# 1) no header", "  ``x", "\tif true; fi"]
    ),
    max_size=6,
).map(lambda lines: "".join(f"{line}\n" for line in lines))
NUMBERS = st.integers(0, 10) | st.integers(0, 9_999).map(lambda number: number / 1000)
STEPS = st.fixed_dictionaries(
    {"title": TITLES, "code": TAME_CODE},
    optional={
        "roi": st.integers(1, 99_999).map(lambda number: number / 100) | st.integers(1, 9),
        "impact": WORDS | NUMBERS,
        "confidence": NUMBERS,
        "effort": WORDS,
        "horizon": WORDS,
        "category": st.sampled_from(CATEGORIES),
        "reference": WORDS,
    },
)
MANIFESTS = st.fixed_dictionaries(
    {"steps": st.lists(STEPS, min_size=1, max_size=25)},
    optional={"title": TITLES, "out_dir": st.sampled_from(["dist", "a/b-c", "x.y"]), "prelude": TAME_CODE},
)
TOKENS = ("impact", "confidence", "effort", "horizon", "category", "reference")


def assert_same(raw: bytes, manifest: dict[str, Any]) -> None:
    pack = parse_pack(raw)
    assert pack.title == manifest.get("title", "Oracle pack")
    assert pack.out_dir == manifest.get("out_dir", pack.out_dir)
    assert (pack.prelude.code or "").endswith(manifest.get("prelude", "").removesuffix("\n"))
    assert [step.id for step in pack.steps] == [f"{n:02d}" for n in range(1, len(manifest["steps"]) + 1)]
    for step, wanted in zip(pack.steps, manifest["steps"], strict=True):
        code = wanted.get("code", "")
        assert step.code == (code if not code or code.endswith("\n") else f"{code}\n")
        assert step.title == (wanted["title"] or f"Step {step.id}")
        if wanted.get("roi"):
            assert step.roi == wanted["roi"]
        for name in TOKENS:
            value = wanted.get(name, "")
            found = step.metadata.get(name, "")
            assert found == value if isinstance(value, str) else float(found) == value


@settings(max_examples=200, deadline=None, derandomize=True)
@given(MANIFESTS)
def test_every_ordinary_manifest_is_rendered_and_read_back_as_it_was(manifest: dict[str, Any]) -> None:
    assert_same(render(read_manifest(manifest)), manifest)


HOSTILE = st.text(alphabet=st.sampled_from("ab `#01)=-ROI\n\r\\{}\u2014"), max_size=30) | st.text(max_size=20)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.fixed_dictionaries(
        {
            "steps": st.lists(
                st.fixed_dictionaries(
                    {"title": HOSTILE, "code": HOSTILE}, optional={"effort": HOSTILE, "impact": HOSTILE}
                ),
                min_size=1,
                max_size=3,
            )
        },
        optional={"title": HOSTILE, "out_dir": HOSTILE.filter(bool), "prelude": HOSTILE},
    )
)
def test_any_other_manifest_is_refused_or_read_back_as_it_was(manifest: dict[str, Any]) -> None:
    try:
        raw = render(read_manifest(manifest))
    except DomainError as error:
        refused = error.code
    else:
        assert_same(raw, manifest)
        return
    assert refused == "INVALID_ARGUMENT"


def test_a_whole_pack_of_twenty_questions_passes_the_runner() -> None:
    steps = [
        {"id": str(n), "title": f"Question {n}", "roi": n / 2, "impact": 7, "category": CATEGORIES[(n - 1) // 2],
         "code": f'oracle \\\n  --write-output "out/{n:02d}-x.md" \\\n  -p "why?"\n'}
        for n in range(1, 21)
    ]  # fmt: skip
    raw = render(read_manifest({"out_dir": "out", "prelude": "set -eu", "steps": steps}))

    assert validate(raw, ("runner",)).ok
    assert raw.startswith(b'# Oracle pack\n\n```bash\nout_dir="out"\nset -eu\n# 01) Question 1 ROI=0.5 impact=7 ')


def test_a_gold_pack_ends_with_the_categories_that_are_covered() -> None:
    step = {"title": "x", "roi": 1, "impact": 1, "confidence": 0.5, "effort": 1, "horizon": "Later", "reference": "src"}
    steps = [
        {**step, "category": CATEGORIES[(n - 1) // 2], "code": f'oracle --write-output "o/{n:02d}-a.md" -p x\n'}
        for n in range(1, 21)
    ]
    raw = render(read_manifest({"kind": "gold", "steps": steps}))

    assert raw.endswith(b"- feature flags: OK\n")
    assert validate(raw, ("runner", "gold")).ok


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"steps": []},
        {"steps": [{"title": "x"}] * 100},
        {"steps": [{"title": "x", "surprise": 1}]},
        {"steps": [{"title": 1}]},
        {"steps": [{"title": "x", "roi": float("inf")}]},
        {"steps": [{"title": "x", "roi": -1}]},
        {"steps": [{"title": "x", "id": "../x"}]},
        {"kind": "no-such-kind", "steps": [{"title": "x"}]},
        {"out_dir": "../x", "steps": [{"title": "x"}]},
        {"out_dir": "/srv/x", "steps": [{"title": "x"}]},
        {"out_dir": "$HOME/x", "steps": [{"title": "x"}]},
        {"out_dir": "--help", "steps": [{"title": "x"}]},
        {"out_dir": 'a";touch pwn;"', "steps": [{"title": "x"}]},
        {"title": "x ```bash", "steps": [{"title": "x"}]},
        {"title": "x\n# 01) y", "steps": [{"title": "x"}]},
        {"prelude": "# 01) y", "steps": [{"title": "x"}]},
        {"prelude": "```", "steps": [{"title": "x"}]},
    ],
)
def test_a_manifest_that_is_no_pack_is_refused(manifest: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as caught:
        render(read_manifest(manifest))

    assert caught.value.code == "INVALID_ARGUMENT"
