const fs = require("fs");
const { CallToolRequestSchema } = require("@modelcontextprotocol/sdk/types.js");

function serve(server, base) {
  server.setRequestHandler(CallToolRequestSchema, async (request) => {
    const { name, arguments: args } = request.params;
    switch (name) {
      case "list": {
        const parsed = ListSchema.safeParse(args);
        if (!parsed.success) throw new Error("no");
        return { content: fs.readdirSync(base + "/" + parsed.data.folder) }; // bad
      }
      case "move":
        fs.renameSync(args.from, args.to); // bad
        return { content: [] };
    }
  });
}
