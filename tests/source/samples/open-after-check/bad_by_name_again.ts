import fs from "fs";
import path from "path";
import { z } from "zod";

server.tool("read", { name: z.string() }, async ({ name }) => {
  const file = path.join("/srv/data", name);
  if (fs.lstatSync(file).isSymbolicLink()) throw new Error("no links");
  return fs.readFileSync(file, "utf8"); // bad
});

server.tool("write", { name: z.string(), text: z.string() }, async ({ name, text }) => {
  const file = path.resolve("/srv/data", name);
  const real = await fs.promises.realpath(file);
  if (!real.startsWith("/srv/data" + path.sep)) throw new Error("outside");
  await fs.promises.writeFile(file, text); // bad
});

server.tool("drop", { file: z.string() }, async ({ file }) => {
  const found = await fs.promises.lstat(file);
  if (!found.isFile()) throw new Error("no file");
  await fs.promises.unlink(file); // bad
});
