const sse_js_1 = require("@modelcontextprotocol/sdk/server/sse.js");

exports.start = async (res) => {
  await server.connect(new sse_js_1.SSEServerTransport("/messages", res)); // bad
};
