import fs from "fs/promises";
import { z } from "zod";

server.tool("save", "Saves", { body: z.string() }, { destructiveHint: false }, async ({ body }) => { // good
  await fs.writeFile("page.md", body);
});

const config = { inputSchema: { id: z.string() }, annotations: { destructiveHint: true } };
server.registerTool("drop", config, async ({ id }) => { // good
  await fs.unlink(await inside(id));
});

server.tool("read", { id: z.string() }, async ({ id }) => { // good
  const text = await fs.readFile(await inside(id), "utf8");
  await fs.writeFile(cacheFile, text);
  return text;
});

server.registerTool("elsewhere", settingsOf("elsewhere"), async ({ body }) => { // good
  await fs.writeFile("page.md", body);
});

server.tool("ask", { query: z.string() }, async ({ query }) => { // good
  return fetch("https://api.example.com/search", { method: "POST", body: query });
});
