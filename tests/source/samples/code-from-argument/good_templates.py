import jinja2
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("letters")
LETTER = "Dear {{ name }}"
TEMPLATES = {"short": "Hi {{ name }}", "long": LETTER}


@mcp.tool()
def letter(name: str) -> str:
    return jinja2.Template(LETTER).render(name=name)  # good


@mcp.tool()
def styled(style: str, name: str) -> str:
    return jinja2.Template(TEMPLATES[style]).render(name=name)  # good
