async function load(server: Server) {
  let settings = {};
  try {
    settings = await server.settings();
  } catch (error) {} // bad

  for (const plugin of plugins) {
    try {
      await plugin.start(settings);
    } catch { // bad
    }
  }
}

server.tool("search", { query: z.string() }, async ({ query }) => {
  const found: string[] = [];
  try {
    found.push(...(await index.search(query)));
  } catch (e) { // bad

  }
  return { content: found.map((text) => ({ type: "text", text })) };
});
