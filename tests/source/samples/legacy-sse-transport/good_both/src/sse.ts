import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";

export const old = (res: Response) => new SSEServerTransport("/messages", res); // good
