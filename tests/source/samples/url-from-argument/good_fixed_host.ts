import axios from "axios";
import { z } from "zod";

const API = "https://api.example.com";
const HOSTS = ["docs.example.com"];

server.tool("user", { id: z.string() }, async ({ id }) => {
  return fetch(`${API}/users/${encodeURIComponent(id)}`); // good
});

server.tool("search", { query: z.string() }, async ({ query }) => {
  return axios.get(`https://api.example.com/search?q=${query}`, { timeout: 1000 }); // good
});

server.tool("page", { url: z.string() }, async ({ url }) => {
  if (!HOSTS.includes(new URL(url).hostname)) throw new Error("not ours");
  return fetch(url); // good
});

server.tool("other", { url: z.string() }, async ({ url }) => {
  await assertPublicAddress(url);
  return fetch(url); // good
});

server.tool("send", { text: z.string() }, async ({ text }) => {
  return axios.post(API, { text }, { timeout: 1000 }); // good
});
