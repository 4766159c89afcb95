import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";

export const current = () => new StreamableHTTPServerTransport({ sessionIdGenerator: undefined }); // good
