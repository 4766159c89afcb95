import axios from "axios";
import { z } from "zod";

server.tool("fetch", { url: z.string().url() }, async ({ url }) => {
  const answer = await fetch(url); // bad
  return { content: [{ type: "text", text: await answer.text() }] };
});

async function load(address: string) {
  return axios.get(address, { timeout: 1000 }); // bad
}

server.tool("load", { address: z.string() }, async (args) => load(args.address));

server.tool("post", { endpoint: z.string(), body: z.string() }, async ({ endpoint, body }) => {
  const target = new URL(endpoint);
  if (!["http:", "https:"].includes(target.protocol)) throw new Error("no web address");
  return axios({ url: target.href, method: "POST", data: body }); // bad
});
