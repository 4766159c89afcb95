import asyncio

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("desk")

HANDLERS = {"a": len}
connection = None
driver = None
page_cache: dict[str, str] = {}
orders: dict[int, str] = {}
orders_lock = asyncio.Lock()
names: list[str] = []


@mcp.tool()
def connect(name: str) -> str:
    global connection
    if connection is None:
        connection = open_connection(name)  # good
    return str(connection)


def driven() -> object:
    global driver
    if driver is not None:
        return driver
    driver = start()  # good
    return driver


@mcp.tool()
async def page(url: str) -> str:
    page_cache[url] = await fetch(url)  # good
    driven()
    return page_cache[url]


@mcp.tool()
async def order(number: int, thing: str) -> None:
    async with orders_lock:
        orders[number] = thing  # good


@mcp.tool()
def sort(names: list[str]) -> list[str]:
    names.append("end")  # good
    return HANDLERS["a"](names)


@mcp.tool()
def local() -> list[str]:
    basket = []
    basket.append("pen")  # good
    return basket


def at_start() -> None:
    names.append("first")  # good


asked = 0
engine = None


@mcp.tool()
def ask(question: str) -> str:
    global asked, engine
    asked += 1  # good
    engine = make_engine()  # good
    return engine.answer(question)


@mcp.tool()
def greet(name: str) -> str:
    _shake_hands(connection)
    return name


def _shake_hands(link: Connection) -> None:
    global greeting
    greeting = link.greet()  # good


greeting = ""


jobs = {}


@mcp.tool()
def start(job: str) -> str:
    number = str(uuid4())
    jobs[number] = job  # good
    return number


@mcp.tool()
def start_named(job: str) -> str:
    job_id = f"{job}-{now()}"
    jobs[job_id] = job  # good
    return job_id
