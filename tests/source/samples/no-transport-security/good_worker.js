import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";

function createServer() {
  return new McpServer({ name: "notes", version: "1.0.0" });
}

export default {
  async fetch(request) {
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: undefined }); // good
    await createServer().connect(transport);
    return transport.handleRequest(request);
  },
};
