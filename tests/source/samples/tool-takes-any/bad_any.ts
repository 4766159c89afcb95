import { z } from "zod";

server.tool("store", "Stores something", { key: z.string(), value: z.any() }, async ({ key, value }) => { // bad
  store.set(key, value);
  return { content: [] };
});

server.registerTool("send", { inputSchema: { body: z.unknown() } }, async ({ body }) => { // bad
  await send(body);
  return { content: [] };
});

export const describe = { // bad
  name: "describe",
  inputSchema: { type: "object", properties: { id: { type: "string" }, filter: { description: "what to show" } } },
};

export async function runDescribe(args: { id: string; filter: object }) {
  return index.show(args.id, args.filter);
}

server.addTool({ // bad
  name: "merge",
  parameters: z.object({ left: z.any(), right: z.any() }),
  execute: async (args) => merge(args.left, args.right),
});
