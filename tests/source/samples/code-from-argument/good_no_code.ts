import vm from "vm";
import { z } from "zod";

server.tool("calculate", { expression: z.string() }, async ({ expression }) => {
  return parser.evaluate(expression); // good
});

server.tool("add", { a: z.number(), b: z.number() }, async ({ a, b }) => {
  return eval(`${a} + ${b}`); // good
});

server.tool("load", { text: z.string() }, async ({ text }) => {
  const value = JSON.parse(text);
  return vm.runInNewContext("value.size", { value }); // good
});

server.tool("page", { script: z.string() }, async ({ script }) => {
  return page.evaluate(script); // good
});
