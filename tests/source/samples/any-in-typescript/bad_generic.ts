const cache = new Map<string, string>();
const handlers: Record<string, (args: any) => Promise<void>> = {}; // bad
