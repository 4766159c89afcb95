"use strict";
const express_1 = __importDefault(require("express"));
const sse_js_1 = require("@modelcontextprotocol/sdk/server/sse.js");

const app = (0, express_1.default)();
app.get("/sse", (req, res) => server.connect(new sse_js_1.SSEServerTransport("/messages", res)));
app.listen(port, () => console.error("ready")); // bad
