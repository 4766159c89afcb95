"""Saving and finding URLs: strict where the original is not, and never at the cost of a file."""

import json
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.urls.book import UrlBook
from oraclepack_mcp.urls.check import check_name, check_url
from oraclepack_mcp.urls.settings import CHAT_HOSTS

URL = "https://chatgpt.com/g/g-p-1/project?a=1&b=2"


class House:
    """A directory of packs with a book over it."""

    def __init__(self, path: Path, *, shared: bool = True) -> None:
        self.packs, self.shared = path / "packs", path / "shared"
        (self.packs / "a").mkdir(parents=True)
        (self.packs / "b").mkdir()
        self.shared.mkdir()
        for name in ("p.md", "a/x.md", "b/x.md"):
            (self.packs / name).write_text("")
        root = Root.open("packs", self.packs, writable=True)
        workdir = Location(root, ("work",))
        global_dir = Root.open("global", self.shared, writable=True) if shared else None
        self.book = UrlBook(Roots((root,)), workdir, global_dir, CHAT_HOSTS)

    def store(self, base: str) -> Path:
        return self.packs / "work" / f"{base}.chatgpt-urls.json"

    def write(self, base: str, text: str) -> Path:
        self.store(base).parent.mkdir(exist_ok=True)
        self.store(base).write_text(text)
        return self.store(base)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize(
    "url",
    [
        "http://chatgpt.com/",
        "HTTPS://chatgpt.com/",
        "https://",
        "https:///",
        "https://chatgpt.com.evil.test/",
        "https://evil.test/chatgpt.com",
        "https://user@chatgpt.com/",
        "https://chatgpt.com:8443/",
        "https://chatgpt.com@evil.test/",
        "https://CHATGPT.com/",
        "https://chatgpt.com/a b",
        "https://chatgpt.com/;touch pwn",
        "https://chatgpt.com/$(id)",
        "https://chatgpt.com/`id`",
        "https://chatgpt.com/'",
        'https://chatgpt.com/"',
        "https://chatgpt.com/\\",
        "https://chatgpt.com/|x",
        "https://chatgpt.com/<x>",
        "https://chatgpt.com/\n",
        "https://chatgpt.com/\u00e9",
        "https://chatgpt.com/" + "a" * 2048,
        "javascript:alert(1)",
        "",
    ],
)
def test_a_url_that_could_lead_elsewhere_or_end_a_word_is_refused(house: House, url: str) -> None:
    assert refusal(lambda: house.book.save("project", "A", url, None, "p.md")) == "URL_INVALID"
    assert not house.store("p").exists()


@pytest.mark.parametrize("url", [URL, "https://chat.openai.com", "https://chatgpt.com?x=1#y"])
def test_an_https_url_of_a_listed_host_is_accepted(url: str) -> None:
    check_url(url, CHAT_HOSTS)


def test_an_operator_can_list_a_host_with_its_port() -> None:
    check_url("https://oracle.internal:8443/x", ("oracle.internal:8443",))


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "a\u202eb", "\x1b[31m", "x" * 61, "\ud800"])
def test_a_name_that_people_cannot_tell_from_another_is_refused(name: str) -> None:
    assert refusal(lambda: check_name(name)) == "INVALID_ARGUMENT"


def test_a_saved_url_is_found_by_name_and_only_its_own_store_is_written(house: House) -> None:
    saved = house.book.save("project", "Main thread", URL, None, "p.md")

    assert house.book.resolve("Main thread", "p.md").url == URL
    assert [(item.name, item.url, item.scope) for item in saved.items] == [("Main thread", URL, "project")]
    assert saved.path == "packs:work/p.chatgpt-urls.json"
    assert saved.sha256 == sha256(house.store("p").read_bytes()).hexdigest()
    assert stat.S_IMODE(house.store("p").stat().st_mode) == 0o600
    assert not list(house.shared.iterdir())


def test_the_file_says_which_pack_it_is_for_and_another_pack_of_that_name_is_kept_out(house: House) -> None:
    house.book.save("project", "A", URL, None, "a/x.md")

    assert json.loads(house.store("x").read_text())["x_ref"] == {"pack": "packs:a/x.md"}
    assert refusal(lambda: house.book.resolve("A", "b/x.md")) == "STATE_STALE"
    assert refusal(lambda: house.book.save("project", "B", URL, None, "b/x.md")) == "STATE_STALE"
    listed = house.book.list("project", "b/x.md")
    assert (listed.items, [problem.code for problem in listed.problems]) == ([], ["STATE_STALE"])


def test_without_a_pack_the_only_store_is_meant_and_of_several_none(house: House) -> None:
    assert house.book.list().items == []
    assert refusal(lambda: house.book.save("project", "A", URL)) == "INVALID_ARGUMENT"
    house.book.save("project", "A", URL, None, "p.md")
    house.book.save("project", "B", URL)
    assert [item.name for item in house.book.list("project").items] == ["A", "B"]
    assert json.loads(house.store("p").read_text())["x_ref"] == {"pack": "packs:p.md"}
    house.book.save("project", "A", URL, None, "a/x.md")
    assert refusal(lambda: house.book.list("project")) == "INVALID_ARGUMENT"
    assert refusal(lambda: house.book.resolve("A")) == "NOT_FOUND"


@pytest.mark.parametrize("text", ["x", "", '{"items": {}}', '{"default": 1}', "[" * 100_000, '{"items": [1]}'])
def test_an_unreadable_store_is_reported_used_by_nothing_and_never_written_over(house: House, text: str) -> None:
    file = house.write("p", text)
    for call in (
        lambda: house.book.save("project", "A", URL, None, "p.md"),
        lambda: house.book.save("global", "A", URL, None, "p.md"),
        lambda: house.book.set_default("project", "A", None, "p.md"),
        lambda: house.book.delete("project", "A", None, "p.md"),
        lambda: house.book.mark_used("project", "A", "p.md"),
        lambda: house.book.resolve(None, "p.md"),
    ):
        assert refusal(call) in {"STATE_INVALID_JSON", "STATE_WRONG_TYPE"}

    assert file.read_text() == text
    listed = house.book.list("all", "p.md")
    assert listed.problems[0].code in {"STATE_INVALID_JSON", "STATE_WRONG_TYPE"}
    assert listed.stores[0].sha256 == sha256(text.encode()).hexdigest()


def test_a_name_is_in_one_store_only(house: House) -> None:
    house.book.save("global", "A", URL)

    assert refusal(lambda: house.book.save("project", "A", URL, None, "p.md")) == "CONFLICT"
    assert not house.store("p").exists()


def test_a_name_that_others_put_into_both_stores_is_reported_and_the_projects_is_taken(house: House) -> None:
    house.book.save("global", "A", URL)
    house.write("p", '{"items": [{"name": "A", "url": "https://chatgpt.com/mine"}]}')

    assert house.book.resolve("A", "p.md").url == "https://chatgpt.com/mine"
    problems = house.book.list("all", "p.md").problems
    assert [(problem.code, problem.scope, problem.name) for problem in problems] == [
        ("URL_DUPLICATE_NAME", "global", "A")
    ]


def test_a_dangling_default_is_reported_and_falls_back_to_the_global_one(house: House) -> None:
    house.write("p", '{"default": "gone", "items": [{"name": "A", "url": "https://chatgpt.com/a"}]}')
    house.book.save("global", "G", URL)
    house.book.set_default("global", "G")

    found = house.book.resolve(None, "p.md")
    assert (found.name, found.url, found.scope) == ("G", URL, "global")
    assert [problem.code for problem in found.problems] == ["URL_DEFAULT_DANGLING"]
    assert house.book.list("all", "p.md").default == "G"


def test_what_the_original_stored_without_checking_is_listed_with_its_problem_and_never_handed_out(
    house: House,
) -> None:
    house.write("p", '{"default": "A", "items": [{"name": "A", "url": "https://x/?a=1&b=2;touch pwn"}]}')

    assert refusal(lambda: house.book.resolve("A", "p.md")) == "URL_INVALID"
    assert refusal(lambda: house.book.resolve(None, "p.md")) == "URL_INVALID"
    listed = house.book.list("project", "p.md")
    assert [(item.name, item.is_default) for item in listed.items] == [("A", True)]
    assert [(problem.code, problem.name) for problem in listed.problems] == [("URL_INVALID", "A")]


def test_deleting_the_default_clears_it_and_an_absent_name_is_refused(house: House) -> None:
    house.book.save("project", "A", URL, None, "p.md")
    house.book.set_default("project", "A", None, "p.md")
    assert house.book.resolve(None, "p.md").url == URL
    left = house.book.delete("project", "A", None, "p.md")

    assert (left.default, left.items) == ("", [])
    assert house.book.resolve(None, "p.md").url is None
    assert refusal(lambda: house.book.delete("project", "A", None, "p.md")) == "NOT_FOUND"
    assert refusal(lambda: house.book.set_default("project", "A", None, "p.md")) == "NOT_FOUND"


def test_a_hash_that_is_not_that_of_the_file_is_a_conflict(house: House) -> None:
    first = house.book.save("project", "A", URL, None, "p.md")
    house.book.save("project", "B", URL, first.sha256, "p.md")

    assert refusal(lambda: house.book.save("project", "C", URL, first.sha256, "p.md")) == "CONFLICT"
    assert refusal(lambda: house.book.delete("project", "A", first.sha256, "p.md")) == "CONFLICT"
    assert [item.name for item in house.book.list("project", "p.md").items] == ["A", "B"]


def test_urls_that_are_saved_at_the_same_time_are_all_kept(house: House) -> None:
    names = [f"name {number}" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: house.book.save("project", name, URL, None, "p.md"), names))

    assert sorted(item.name for item in house.book.list("project", "p.md").items) == sorted(names)


def test_without_a_global_directory_there_is_no_global_store(tmp_path: Path) -> None:
    book = House(tmp_path, shared=False).book

    assert refusal(lambda: book.save("global", "A", URL)) == "NOT_FOUND"
    assert [store.scope for store in book.list("all", "p.md").stores] == ["project"]


@pytest.mark.parametrize("pack", ["../x.md", "absent.md", "a", "/etc/passwd"])
def test_a_pack_that_is_none_has_no_store(house: House, pack: str) -> None:
    code = refusal(lambda: house.book.save("project", "A", URL, None, pack))

    assert code in {"PATH_INVALID", "NOT_FOUND", "NOT_A_FILE", "PATH_OUTSIDE_ROOTS"}


def test_a_store_that_is_a_link_is_neither_read_nor_written(house: House, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"items": [{"name": "A", "url": "https://chatgpt.com/secret"}]}')
    (house.packs / "work").mkdir()
    house.store("p").symlink_to(secret)

    assert refusal(lambda: house.book.resolve("A", "p.md")) == "PATH_SYMLINK"
    assert refusal(lambda: house.book.save("project", "B", URL, None, "p.md")) == "PATH_SYMLINK"
    assert "secret" in secret.read_text()
