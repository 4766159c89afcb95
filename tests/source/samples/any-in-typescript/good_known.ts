export function first(items: unknown[]): string { // good
  const any = items[0];
  return typeof any === "string" ? any : "";
}

export async function load(): Promise<void> {
  try {
    await refresh();
  } catch (error: any) { // good
    throw new Error(`any failure ends it: ${error.message}`);
  }
}

export const schema = z.any(); // good
