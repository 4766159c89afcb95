import { spawn } from "node:child_process";

export function start(token: string) {
  const env = { ...process.env, TOKEN: token };
  return spawn("worker", [], { env, stdio: "pipe" }); // bad
}
