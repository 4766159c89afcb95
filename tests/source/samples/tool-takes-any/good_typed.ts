import { z } from "zod";

server.tool("store", { key: z.string(), value: z.union([z.string(), z.number()]) }, async (args) => { // good
  store.set(args.key, args.value);
});

server.registerTool("send", { inputSchema: { headers: z.record(z.string(), z.any()) } }, async (args) => { // good
  await send(args);
});

export const describe = { // good
  name: "describe",
  inputSchema: { type: "object", properties: { id: { type: "string" }, filter: { anyOf: [{ type: "string" }] } } },
};

server.addTool({ // good
  name: "merge",
  parameters: z.object({ rows: z.array(z.object({ id: z.string() })) }),
  execute: async (args) => merge(args.rows),
});
