from typing import Any

from mcp.server import Server


class Database:
    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def run(self, query: str) -> list[Any]:
        return self.connection.execute(query).fetchall()


async def main(connection: Any) -> None:
    database = Database(connection)
    server = Server("tables")

    @server.call_tool()
    async def call_tool(name: str, arguments: dict[str, Any]) -> list[Any]:
        if name == "describe":
            return database.run(f"PRAGMA table_info({arguments['table']})")  # bad
        return database.run("SELECT 1")
