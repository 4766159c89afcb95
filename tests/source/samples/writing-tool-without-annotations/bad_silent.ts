import fs from "fs/promises";
import axios from "axios";
import { z } from "zod";

server.tool("save", "Saves a page", { name: z.string(), body: z.string() }, async ({ name, body }) => { // bad
  await fs.writeFile(await inside(name), body);
  return { content: [] };
});

server.registerTool("drop", { description: "Drops a page", inputSchema: { id: z.string() } }, async ({ id }) => { // bad
  await axios.delete(`https://api.example.com/pages/${id}`, { timeout: 1000 });
  return { content: [] };
});

async function rename(id: string, title: string) {
  await fetch(`https://api.example.com/pages/${id}`, { method: "PATCH", body: title });
}

server.addTool({ // bad
  name: "rename",
  parameters: z.object({ id: z.string(), title: z.string() }),
  execute: async (args) => rename(args.id, args.title),
});
