import fs from "fs/promises";
import path from "path";
import { z } from "zod";

const ROOT = "/srv/data";

async function inside(name: string): Promise<string> {
  const real = await fs.realpath(path.resolve(ROOT, name));
  if (real !== ROOT && !real.startsWith(ROOT + path.sep)) throw new Error("outside"); // good
  return real;
}

server.tool("read", { name: z.string() }, async ({ name }) => fs.readFile(await inside(name)));

server.tool("home", { name: z.string() }, async ({ name }) => {
  const expanded = path.normalize(name);
  return expanded.startsWith("~/") ? await inside(expanded.slice(2)) : await inside(expanded); // good
});

server.tool("kind", { name: z.string() }, async ({ name }) => {
  return name.startsWith(PREFIX) ? "ours" : "theirs"; // good
});
