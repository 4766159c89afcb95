import { exec, execFile, execSync } from "child_process";
import { z } from "zod";

const BRANCHES = ["main", "next"];

server.tool("log", { repository: z.string() }, async ({ repository }) => {
  execFile("git", ["-C", repository, "log"], done); // good
});

server.tool("run_command", { command: z.string() }, async ({ command }) => {
  return execSync(command).toString(); // good
});

server.tool("branch", { branch: z.string() }, async ({ branch }) => {
  if (!BRANCHES.includes(branch)) throw new Error("unknown branch");
  exec(`git checkout ${branch}`, done); // good
});

server.tool("head", { lines: z.number(), mode: z.enum(["a", "b"]) }, async ({ lines, mode }) => {
  exec(`head -n ${lines} /var/log/${mode}`, done); // good
});

server.tool("show", { id: z.string() }, async ({ id }) => {
  if (!/^[0-9a-f]{40}$/.test(id)) {
    return { isError: true, content: [] };
  }
  exec(`git show ${id}`, done); // good
});

server.tool("quoted", { text: z.string() }, async ({ text }) => {
  exec(`say ${shellQuote(text)}`, done); // good
});

server.tool("find", { text: z.string() }, async ({ text }) => {
  return /needle/.exec(text); // good
});
