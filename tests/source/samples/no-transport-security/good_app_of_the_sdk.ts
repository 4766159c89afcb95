import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

const app = createMcpExpressApp(); // good
const wide = createMcpExpressApp({ host: "0.0.0.0", allowedHosts: ["mcp.example.com"] }); // good
app.post("/mcp", async (req, res) => {
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined }); // good
  await transport.handleRequest(req, res, req.body);
});
app.listen(3000, "127.0.0.1");
