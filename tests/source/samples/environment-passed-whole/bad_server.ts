import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const transport = new StdioClientTransport({ command: "node", args: ["other.js"], env: { ...process.env } }); // bad
const second = new StdioClientTransport({ command: "node", args: ["third.js"], env: { ...process.env } });
