const http = require("http");
const sse_js_1 = require("@modelcontextprotocol/sdk/server/sse.js");

http.createServer(async (req, res) => {
  const transport = new sse_js_1.SSEServerTransport("/messages", res); // bad
  await server.connect(transport);
}).listen(3001, "localhost");
