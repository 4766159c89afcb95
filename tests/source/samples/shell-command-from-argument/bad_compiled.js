"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const child_process_1 = require("child_process");

class Server {
  constructor(server) {
    server.setRequestHandler(types_js_1.CallToolRequestSchema, async (request) => this.handle(request));
    server.setRequestHandler(types_js_1.CallToolRequestSchema, async (request) => {
      const { name, arguments: args } = request.params;
      return this.screenshot(args);
    });
  }
  screenshot(args) {
    const target = args.target || "booted";
    (0, child_process_1.exec)(`xcrun simctl io ${target} screenshot`); // bad
    child_process_1.spawnSync("sh", ["-c", `open ${target}`]); // bad
  }
}
