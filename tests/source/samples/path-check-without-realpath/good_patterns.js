import fs from "node:fs/promises";
import path from "node:path";
import { server } from "./server.js";

function matchesGlob(file, pattern) {
  if (pattern.endsWith("/**")) {
    return file.startsWith(pattern.slice(0, -2)); // good
  }
  return file === pattern;
}

server.tool("list_sources", { root: z.string() }, async ({ root }) => {
  const base = path.resolve(root);
  const names = await fs.readdir(base);
  const kept = names.filter((name) => matchesGlob(path.relative(base, path.resolve(base, name)), "src/**"));
  return { content: [{ type: "text", text: kept.join("\n") }] };
});
