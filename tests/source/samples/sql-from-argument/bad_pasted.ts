import { z } from "zod";

server.tool("find", { name: z.string() }, async ({ name }) => {
  return db.query(`SELECT * FROM people WHERE name = '${name}'`); // bad
});

server.tool("describe", { table: z.string() }, async ({ table }) => {
  const statement = "DELETE FROM " + table + " WHERE old";
  return connection.execute(statement); // bad
});

class Store {
  count(table: string) {
    return this.db.prepare(`SELECT count(*) FROM ${table}`).get(); // bad
  }
}

server.tool("count", { table: z.string() }, async (args) => store.count(args.table));
server.tool("size", { table: z.string() }, async (args) => Store.count(args.table));
