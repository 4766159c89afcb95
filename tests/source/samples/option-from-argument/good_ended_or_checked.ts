import { execFile, spawn } from "child_process";
import { z } from "zod";

server.tool("clone", { url: z.string() }, async ({ url }) => {
  execFile("git", ["clone", "--", url], done); // good
});

server.tool("grep", { pattern: z.string() }, async ({ pattern }) => {
  execFile("grep", ["-e", pattern, "notes.txt"], done); // good
});

server.tool("show", { revision: z.string() }, async ({ revision }) => {
  if (revision.startsWith("-")) throw new Error("no revision");
  execFile("git", ["show", revision], done); // good
});

server.tool("fetch", { name: z.string() }, async ({ name }) => {
  spawn("git", ["fetch", `refs/heads/${name}`]); // good
});

server.tool("list", { pattern: z.string() }, async ({ pattern }) => {
  const list = ["ls-files"];
  list.push("--");
  list.push(pattern);
  spawn("git", list); // good
});

server.tool("run", { args: z.array(z.string()) }, async ({ args }) => {
  spawn("kubectl", args); // good
});

server.tool("mirror", { url: z.string().url() }, async ({ url }) => {
  execFile("git", ["clone", url], done); // good
});
