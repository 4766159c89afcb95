"""Hooks of `mkdocs build`: pages of the checkout outside docs/ join the site, and no page loads from another host.

In the repository the guides link to files beside docs/ (reports/published, ARCHITECTURE.md). The site has these files
below names of its own, and the links are rewritten, so that both are whole.
"""

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_LOG = logging.getLogger("mkdocs.hooks.site")
_TOP = Path(__file__).parents[1]
_LINK = re.compile(r"(?<!!)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")
_LOADED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?((?:https?:)?//[^"' >]+)""")
_HERE = re.compile(r'rel=["\']?(?:canonical|next|prev)')
_PROJECT = ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_OTHERS = {
    "benchmarks/README.md": "project/benchmarks.md",
    "reports/schema/report-v1.schema.json": "report-v1.schema.json",
}
_MOVED = {"README.md": "index.md", "docs/README.md": "index.md"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what stands outside docs/."""
    for source, place in _joined().items():
        files.append(File.generated(config, place, abs_src_path=str(_TOP / source)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Rewrite links to files whose place in the site is another than in the checkout."""
    joined = _joined()
    sources = {place: source for source, place in joined.items()}
    place = page.file.src_uri
    source = sources.get(place, f"docs/{place}")

    def rewritten(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[1]))
        goal = joined.get(target) or _MOVED.get(target) or target.removeprefix("docs/")
        if goal == target and source.startswith("docs/") and not found[1].startswith("../"):
            return found[0]
        relative = posixpath.relpath(goal, posixpath.dirname(place) or ".")
        return f"]({relative}{found[2] or ''})"

    return _LINK.sub(rewritten, markdown)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Warn, and so fail a strict build, where a page would load something from another host."""
    for found in _LOADED.finditer(output):
        if not _HERE.search(found[0]):
            _LOG.warning("%s loads %s", page.file.src_uri, found[1])
    return output


def _joined() -> dict[str, str]:
    """Map each file outside docs/ that the site shows to its place there."""
    published = {f"reports/published/{name}": f"published/{name}" for name in _pages("reports/published")}
    return published | {name: f"project/{name}" for name in _PROJECT} | _OTHERS


def _pages(folder: str) -> list[str]:
    return sorted(path.name for path in (_TOP / folder).glob("*.md"))
