import { z } from "zod";

const TABLES = new Set(["people", "places"]);

server.tool("find", { name: z.string() }, async ({ name }) => {
  return db.query("SELECT * FROM people WHERE name = $1", [name]); // good
});

server.tool("query", { sql: z.string() }, async ({ sql }) => {
  return db.query(sql); // good
});

server.tool("count", { table: z.string() }, async ({ table }) => {
  if (!TABLES.has(table)) throw new Error("unknown table");
  return db.query(`SELECT count(*) FROM ${table}`); // good
});

server.tool("tagged", { name: z.string() }, async ({ name }) => {
  return sql`SELECT * FROM people WHERE name = ${name}`; // good
});

server.tool("page", { limit: z.number() }, async ({ limit }) => {
  return db.query(`SELECT * FROM people LIMIT ${limit}`); // good
});

server.tool("lookup", { key: z.string() }, async ({ key }) => {
  return cache.get(`entry:${key}`); // good
});
