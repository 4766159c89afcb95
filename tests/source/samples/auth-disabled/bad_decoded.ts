import { decodeJwt } from "jose";

export function caller(req: Request) {
  const token = req.headers["authorization"].slice(7);
  const claims = decodeJwt(token); // bad
  return claims.sub;
}
