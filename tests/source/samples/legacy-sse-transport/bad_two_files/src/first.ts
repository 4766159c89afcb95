import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";

export const first = (res: Response) => new SSEServerTransport("/messages", res); // bad
