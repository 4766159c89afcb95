import { exec, spawn } from "child_process";
import { StdioClientTransport, getDefaultEnvironment } from "@modelcontextprotocol/sdk/client/stdio.js";

exec("git status", { env: { PATH: process.env.PATH } }, done); // good
spawn("worker", [], { stdio: "pipe" }); // good
new StdioClientTransport({ command: "node", env: { ...getDefaultEnvironment(), TOKEN: token } }); // good
const settings = { env: process.env }; // good
