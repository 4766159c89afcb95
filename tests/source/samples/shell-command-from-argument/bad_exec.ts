import { exec, execSync, spawn } from "child_process";
import { promisify } from "node:util";
import { z } from "zod";

const execAsync = promisify(exec);

server.tool("log", "Shows the log", { repository: z.string() }, async ({ repository }) => {
  const { stdout } = await execAsync(`git -C ${repository} log`); // bad
  return { content: [{ type: "text", text: stdout }] };
});

server.registerTool("count", { inputSchema: { file: z.string() } }, async (args) => {
  const command = "wc -l " + args.file;
  return { content: [{ type: "text", text: execSync(command).toString() }] }; // bad
});

server.tool("ping", { host: z.string() }, async ({ host }) => {
  spawn("ping", ["-c", "1", host], { shell: true }); // bad
  return { content: [] };
});
