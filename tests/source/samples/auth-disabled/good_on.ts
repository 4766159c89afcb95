import jwt from "jsonwebtoken";
import { z } from "zod";

const authEnabled = process.env.AUTH !== "off"; // good
const settings = z.object({ AUTH_REQUIRED: z.coerce.boolean().default(true) }); // good
const author = false; // good

export function caller(req: Request) {
  const token = req.headers.authorization.slice(7);
  const { header } = jwt.decode(token, { complete: true }); // good
  return jwt.verify(token, keyOf(header.kid), { algorithms: ["RS256"], audience: SELF });
}
