import express from "express";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";

// new SSEServerTransport("/old", res) was here
app.get("/sse", async (req, res) => {
  const transport = new SSEServerTransport("/messages", res); // bad
  await server.connect(transport);
});
