import fs from "fs";
import path from "path";
import { z } from "zod";

server.tool("read", { name: z.string() }, async ({ name }) => {
  const real = fs.realpathSync(path.join("/srv/data", name));
  if (!real.startsWith("/srv/data" + path.sep)) throw new Error("outside");
  return fs.readFileSync(real, "utf8"); // good
});

server.tool("info", { name: z.string() }, async ({ name }) => {
  return { links: fs.lstatSync(path.join("/srv/data", name)).nlink }; // good
});

server.tool("own", {}, async () => {
  const file = "/srv/data/index.json";
  if (fs.lstatSync(file).isFile()) return fs.readFileSync(file, "utf8"); // good
});
