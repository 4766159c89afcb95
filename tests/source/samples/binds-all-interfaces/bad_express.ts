import express from "express";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

const HOST = process.env.HOST || "0.0.0.0"; // bad
const app = express();
app.listen(3000, () => console.error("ready")); // bad
app.listen(3001, "0.0.0.0"); // bad
serve({ fetch: app.fetch, hostname: "0.0.0.0", port: 3002 }); // bad
program.option("--host <host>", "address", "0.0.0.0"); // bad
