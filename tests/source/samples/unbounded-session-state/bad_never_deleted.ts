const transports: Record<string, Transport> = {};
const seen = new Map<string, number>();

class Sessions {
  private states = new Map<string, State>();

  open(sessionId: string) {
    this.states.set(sessionId, new State()); // bad
  }
}

app.post("/mcp", async (req, res) => {
  transports[transport.sessionId] = transport; // bad
  seen.set(req.headers["mcp-session-id"], Date.now()); // bad
});
