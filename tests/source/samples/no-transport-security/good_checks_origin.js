import http from "http";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

http.createServer(async (req, res) => {
  if (!ORIGINS.has(req.headers.origin)) return res.writeHead(403).end();
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined }); // good
  await transport.handleRequest(req, res);
}).listen(3000, "localhost");
