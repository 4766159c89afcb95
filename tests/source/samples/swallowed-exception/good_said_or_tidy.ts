async function load(path: string) {
  try {
    await plugin.start();
  } catch (error) { // good
    logger.warn("plugin did not start", error);
  }
  try {
    await refresh();
  } catch { // good
    // the old list stays valid until the next refresh
  }
  try {
    await connection.close();
  } catch {} // good
  try {
    return JSON.parse(path);
  } catch {} // good
  try {
    await fs.access(path);
  } catch {} // good
}
