import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

// a new SSEServerTransport is not what this server needs
await server.connect(new StdioServerTransport()); // good
