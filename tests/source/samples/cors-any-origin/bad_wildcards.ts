import cors from "cors";
import express from "express";

const app = express();
app.use(cors()); // bad
app.use(cors({ origin: "*", exposedHeaders: ["Mcp-Session-Id"] })); // bad
app.use(cors({ origin: true, credentials: true })); // bad
app.post("/mcp", (req, res) => {
  res.setHeader("Access-Control-Allow-Origin", "*"); // bad
  res.writeHead(200, { "Access-Control-Allow-Origin": "*" }); // bad
});
