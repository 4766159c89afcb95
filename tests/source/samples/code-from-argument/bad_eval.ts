import vm from "vm";
import { z } from "zod";

server.tool("calculate", { expression: z.string() }, async ({ expression }) => {
  const result = eval(expression); // bad
  return { content: [{ type: "text", text: String(result) }] };
});

server.tool("map", { body: z.string() }, async ({ body }) => {
  const mapper = new Function("item", `return ${body}`); // bad
  return mapper({});
});

server.tool("sandbox", { code: z.string() }, async ({ code }) => {
  return vm.runInNewContext(code, {}); // bad
});
