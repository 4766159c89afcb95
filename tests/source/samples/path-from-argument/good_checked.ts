import { promises as fs } from "fs";
import path from "path";
import { z } from "zod";

const ROOT = "/srv/notes";
const KINDS = ["daily", "weekly"];

async function resolveInside(name: string): Promise<string> {
  const real = await fs.realpath(path.join(ROOT, name));
  if (real !== ROOT && !real.startsWith(ROOT + path.sep)) {
    throw new Error("outside of the notes");
  }
  return real;
}

server.tool("read_note", { name: z.string() }, async ({ name }) => {
  const file = await resolveInside(name);
  return fs.readFile(file, "utf8"); // good
});

server.tool("read_kind", { kind: z.string() }, async ({ kind }) => {
  if (!KINDS.includes(kind)) throw new Error("unknown kind");
  return fs.readFile(path.join(ROOT, kind), "utf8"); // good
});

server.tool("read_level", { level: z.enum(["low", "high"]), page: z.number() }, async ({ level, page }) => {
  return fs.readFile(`${ROOT}/${level}/${page}.md`, "utf8"); // good
});

server.tool("read_file", { file: z.string() }, async ({ file }) => {
  const valid = await validatePath(file);
  return fs.readFile(valid, "utf8"); // good
});

server.tool("by_name", { file: z.string() }, async ({ file }) => {
  return fs.readFile(path.join(ROOT, path.basename(file)), "utf8"); // good
});

server.tool("save", { body: z.string() }, async ({ body }) => {
  await fs.writeFile(path.join(ROOT, "inbox.md"), body); // good
});
