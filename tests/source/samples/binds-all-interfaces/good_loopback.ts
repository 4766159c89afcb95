import express from "express";
import net from "net";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";

const HOST = process.env.HOST || "127.0.0.1"; // good
const app = express();
app.listen(3000, HOST, () => console.error("ready")); // good
app.listen(3001, "127.0.0.1"); // good
app.listen("/run/notes.sock"); // good
app.listen(0); // good
if (HOST === "0.0.0.0") console.error("reachable from everywhere"); // good
const shown = host === "0.0.0.0" ? "localhost" : host; // good
program.option("--host <host>", "address", "127.0.0.1"); // good
