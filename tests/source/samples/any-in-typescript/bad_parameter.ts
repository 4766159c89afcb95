import { z } from "zod";

export const limit = (value: unknown): value is number => typeof value === "number";

export async function handle(args: any): Promise<string> { // bad
  return args.name;
}
