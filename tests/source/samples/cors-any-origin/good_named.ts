import cors from "cors";
import express from "express";

const app = express();
app.use(cors({ origin: ["https://app.example.com"] })); // good
app.use(cors(settings)); // good
app.use("/.well-known/oauth-protected-resource", cors()); // good
app.get("/health", (req, res) => {
  res.setHeader("Access-Control-Allow-Origin", "*"); // good
});
app.post("/mcp", (req, res) => {
  res.setHeader("Access-Control-Allow-Origin", "https://app.example.com"); // good
});
const metadataHandler = (req, res) => {
  res.header("Access-Control-Allow-Origin", "*"); // good
};
