import jinja2
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("letters")
environment = jinja2.Environment()


@mcp.tool()
def letter(greeting: str, name: str) -> str:
    template = environment.from_string(greeting)  # bad
    return template.render(name=name)


@mcp.prompt()
def introduction(style: str) -> str:
    return jinja2.Template("In the style of " + style).render()  # bad
