import axios from "axios";
import { execSync } from "child_process";

const client = axios.create({ baseURL: "https://api.example.com" }); // bad

export async function user(id: number) {
  return axios.get(`https://api.example.com/users/${id}`); // bad
}

export async function save(body: string) {
  return axios({ url: "https://api.example.com", method: "POST", data: body }); // bad
}

server.tool("log", {}, async () => {
  const text = execSync("git log").toString(); // bad
  return { content: [{ type: "text", text }] };
});
