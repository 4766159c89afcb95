import json
import logging

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
logger = logging.getLogger(__name__)


@mcp.tool()
def search_notes(query: str) -> list[str]:
    try:
        return index.search(query)
    except Exception:  # good
        logger.exception("search failed")
        return []


@mcp.tool()
async def read_note(name: str) -> str:
    try:
        return await store.read(name)
    except Exception as error:  # good
        return f"cannot read: {error}"


def load_settings(path: str) -> dict[str, str]:
    try:
        return json.loads(open(path).read())
    except FileNotFoundError:  # good
        return {}


def is_listening(port: int) -> bool:
    try:
        return probe(port)
    except Exception:  # good
        return False


class Store:
    def close(self) -> None:
        try:
            self.connection.commit()
        except Exception:  # good
            pass

    def read(self, name: str) -> str:
        handle = self.open(name)
        try:
            return handle.read()
        finally:
            try:
                handle.detach()
            except Exception:  # good
                pass


async def drop(task) -> None:
    try:
        task.cancel()
        await task
    except Exception:  # good
        pass


def first_error(job) -> str:
    try:
        job.run()
    except ValueError as error:
        try:
            job.report(error)
        except Exception:  # good
            pass
        raise
    return ""


async def announce(ctx, done: int, all_of: int) -> None:
    try:
        share = done / all_of
        await ctx.report_progress(share)
    except Exception:  # good
        pass


def version_of(row) -> str:
    try:
        return row["version"]
    except Exception:  # good
        # rows of old databases have no version at all
        return ""


def owner_of(row) -> str:
    try:
        return row["owner"]
    except Exception:  # noqa: BLE001 - rows without an owner are common  # good
        return ""


def sizes_of(text: str) -> int | None:
    try:
        return measure(text)
    except Exception:  # good
        return None


def title_of(page) -> str:
    for part in ("title", "h1", "h2"):
        try:
            return page.text(part)
        except Exception:  # good
            continue
    return "untitled"


try:
    import dotenv

    dotenv.load_dotenv("notes.env")
except Exception:  # good
    pass
