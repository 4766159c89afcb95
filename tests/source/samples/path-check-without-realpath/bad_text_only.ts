import fs from "fs";
import path from "path";
import { z } from "zod";

const ROOT = path.resolve("/srv/data");

function inside(name: string): string {
  const full = path.resolve(ROOT, name);
  if (!full.startsWith(ROOT + path.sep)) throw new Error("outside"); // bad
  return full;
}

server.tool("read", { name: z.string() }, async ({ name }) => {
  return fs.readFileSync(inside(name), "utf8");
});

server.tool("list", { folder: z.string() }, async ({ folder }) => {
  const full = path.normalize(path.join(ROOT, folder));
  if (!full.startsWith(ROOT)) { // bad
    throw new Error("outside");
  }
  return fs.readdirSync(full);
});

server.tool("drop", { file: z.string() }, async ({ file }) => {
  const full = path.join(ROOT, file);
  const way = path.relative(ROOT, full);
  if (way.startsWith("..")) throw new Error("outside"); // bad
  fs.unlinkSync(full);
});
