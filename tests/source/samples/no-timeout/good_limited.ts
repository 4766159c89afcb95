import axios from "axios";
import { execSync } from "child_process";
import { settings } from "./settings.js";

const client = axios.create({ baseURL: "https://api.example.com", timeout: 10_000 }); // good
const other = axios.create(settings); // good

export async function user(id: number, signal: AbortSignal) {
  return axios.get(`https://api.example.com/users/${id}`, { signal }); // good
}

export async function page() {
  return fetch("https://api.example.com"); // good
}

server.tool("log", {}, async () => {
  return execSync("git log", { timeout: 5000 }).toString(); // good
});

const version = execSync("git --version").toString(); // good
