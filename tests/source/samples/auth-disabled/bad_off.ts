import jwt from "jsonwebtoken";
import { z } from "zod";

const authEnabled = false; // bad
const settings = z.object({
  AUTH_REQUIRED: z.coerce.boolean().default(false), // bad
  disableAuth: z.boolean().default(true), // bad
});

export function caller(req: Request) {
  const token = req.headers.authorization.slice(7);
  return jwt.verify(token, KEY, { algorithms: ["none"] }); // bad
}
