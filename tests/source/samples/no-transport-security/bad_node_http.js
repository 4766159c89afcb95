import http from "node:http";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { makeServer } from "./server.js";

export function start(port) {
  const app = http.createServer(async (req, res) => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined }); // bad
    await makeServer().connect(transport);
    await transport.handleRequest(req, res);
  });
  return app.listen(port, "127.0.0.1");
}
