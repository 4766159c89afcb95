const transports: Record<string, Transport> = {};
const seen = new Map<string, number>();
const counts = new Map<string, number>();

app.post("/mcp", async (req, res) => {
  transports[transport.sessionId] = transport; // good
  seen.set(transport.sessionId, Date.now()); // good
  counts.set(req.method, 1); // good
  res.headers.set("mcp-session-id", transport.sessionId); // good
  transport.onclose = () => {
    delete transports[transport.sessionId];
    seen.delete(transport.sessionId);
  };
});
