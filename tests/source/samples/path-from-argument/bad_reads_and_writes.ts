import fs from "node:fs/promises";
import * as path from "path";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const NOTES = "/srv/notes";
const server = new McpServer({ name: "notes", version: "1.0.0" });

server.tool("read_note", "Reads a note", { name: z.string() }, async ({ name }) => {
  const file = path.join(NOTES, name);
  const text = await fs.readFile(file, "utf8"); // bad
  return { content: [{ type: "text", text }] };
});

server.registerTool("export", { inputSchema: { target: z.string(), body: z.string() } }, async (args) => {
  await fs.writeFile(`${NOTES}/${args.target}.md`, args.body); // bad
  return { content: [] };
});

async function removeNote(where: string) {
  const full = path.resolve(NOTES, where.trim());
  await fs.unlink(full); // bad
}

server.tool("remove_note", { name: z.string() }, async (input) => {
  await removeNote(input.name);
  return { content: [] };
});
