import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";

export const second = (res: Response) => new SSEServerTransport("/other", res);
