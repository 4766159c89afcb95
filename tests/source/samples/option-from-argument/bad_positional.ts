import { execFile, execFileSync, spawn } from "child_process";
import { z } from "zod";

server.tool("clone", { url: z.string() }, async ({ url }) => {
  execFile("git", ["clone", url], done); // bad
});

server.tool("grep", { pattern: z.string() }, async (args) => {
  const list = ["--recursive"];
  list.push(args.pattern);
  spawn("grep", list); // bad
});

function show(revision: string) {
  return execFileSync("git", ["show", "--stat", "HEAD", revision]); // bad
}

server.tool("show", { revision: z.string() }, async ({ revision }) => show(revision));
