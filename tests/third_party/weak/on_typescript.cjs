// Minimal servers on the TypeScript SDK, as its examples show them: node on_typescript.cjs MODE[,MODE] PORT MODULES
// plain: a server for each session; shared: one for all sessions; slow: a tool that takes its time; template: a resource
// template with an exploded variable; tasks: a tool that runs as a task; tokens: bearer tokens, and audience: only such
// as were made out to this server.
const { randomUUID } = require("node:crypto");
const { createRequire } = require("node:module");

const [modes, port, modules] = process.argv.slice(2);
const has = (mode) => modes.split(",").includes(mode);
const load = createRequire(`${modules}/`);
const sdk = "@modelcontextprotocol/sdk";
const { McpServer, ResourceTemplate } = load(`${sdk}/server/mcp.js`);
const { StreamableHTTPServerTransport } = load(`${sdk}/server/streamableHttp.js`);
const { z } = load("zod");

function application() {
  for (const place of ["express", "index"]) {
    try {
      const { createMcpExpressApp } = load(`${sdk}/server/${place}.js`);
      if (createMcpExpressApp) return createMcpExpressApp();
    } catch {}
  }
  const express = load("express");
  return express().use(express.json());
}

function build() {
  const options = has("tasks") ? taskOptions() : {};
  const server = new McpServer({ name: "two-tools", version: "1.0.0" }, options);
  server.registerTool(
    "add",
    { description: "Add two numbers.", inputSchema: { a: z.number(), b: z.number() }, annotations: { readOnlyHint: true } },
    async ({ a, b }) => ({ content: [{ type: "text", text: String(a + b) }] }),
  );
  server.registerTool(
    "echo",
    { description: "Return the text.", inputSchema: { text: z.string() }, annotations: { readOnlyHint: true } },
    async ({ text }) => {
      if (has("slow")) await new Promise((resolve) => setTimeout(resolve, 300));
      return { content: [{ type: "text", text }] };
    },
  );
  if (has("template")) {
    server.registerResource("notes", new ResourceTemplate("notes://{/path*}", { list: undefined }), {}, async (uri) => ({
      contents: [{ uri: uri.href, text: "a note" }],
    }));
  }
  if (has("tasks")) {
    server.experimental.tasks.registerToolTask(
      "wait",
      { description: "Return the text later.", inputSchema: { text: z.string() }, annotations: { readOnlyHint: true }, execution: { taskSupport: "optional" } },
      {
        createTask: async ({ text }, { taskStore, taskRequestedTtl }) => {
          const task = await taskStore.createTask({ ttl: taskRequestedTtl ?? 60000, pollInterval: 100 });
          setTimeout(() => taskStore.storeTaskResult(task.taskId, "completed", { content: [{ type: "text", text }] }).catch(() => {}), 500);
          return { task };
        },
        getTask: async (_, { taskId, taskStore }) => taskStore.getTask(taskId),
        getTaskResult: async (_, { taskId, taskStore }) => taskStore.getTaskResult(taskId),
      },
    );
  }
  return server;
}

let store;
function taskOptions() {
  const { InMemoryTaskStore } = load(`${sdk}/experimental/tasks/stores/in-memory.js`);
  store ??= new InMemoryTaskStore();
  return { capabilities: { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }, taskStore: store };
}

function guard() {
  const { requireBearerAuth } = load(`${sdk}/server/auth/middleware/bearerAuth.js`);
  const here = new URL(`http://127.0.0.1:${port}/mcp`);
  const users = { alice: here, bob: here, elsewhere: new URL("http://127.0.0.1:9/mcp") };
  const verifier = {
    verifyAccessToken: async (token) => {
      if (!users[token]) {
        const { InvalidTokenError } = load(`${sdk}/server/auth/errors.js`);
        throw new InvalidTokenError("unknown token");
      }
      return { token, clientId: token, scopes: ["use"], expiresAt: Math.floor(Date.now() / 1000) + 3600, resource: users[token] };
    },
  };
  return requireBearerAuth({ verifier, ...(has("audience") ? { expectedResource: here } : {}) });
}

// Since 1.26.0 the SDK refuses to connect a server twice; then the session gets one of its own.
async function connect(server, transport) {
  try {
    await server.connect(transport);
  } catch {
    await build().connect(transport);
  }
}

async function main() {
  const app = application();
  if (has("tokens") || has("audience")) app.use(guard());
  const shared = build();
  const open = new Map();
  app.all("/mcp", async (request, response) => {
    const id = request.headers["mcp-session-id"];
    if (id && !open.has(id)) {
      response.status(404).json({ jsonrpc: "2.0", error: { code: -32001, message: "Session not found" }, id: null });
      return;
    }
    let transport = open.get(id);
    if (!transport) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (session) => open.set(session, transport),
      });
      transport.onclose = () => open.delete(transport.sessionId);
      await connect(has("shared") ? shared : build(), transport);
    }
    await transport.handleRequest(request, response, request.body);
  });
  app.listen(Number(port), "127.0.0.1");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
