import { execFileSync } from "node:child_process";
import { server } from "./server.js";

server.tool("about", { revision: z.string() }, async ({ revision }) => {
  const shown = execFileSync("git", ["show", revision]); // bad
  const logged = execFileSync("git", ["log", revision]);
  const differs = execFileSync("git", ["diff", revision]);
  const named = execFileSync("git", ["name-rev", revision]);
  return { content: [{ type: "text", text: String(shown) + logged + differs + named }] };
});
