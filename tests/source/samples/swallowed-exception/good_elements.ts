export async function looksLimited(page: Page): Promise<boolean> {
  for (const line of await page.$$(".notice")) {
    try {
      if ((await line.innerText()).includes("too many")) {
        return true;
      }
    } catch { // good
    }
    try {
      if (!(await line.isVisible())) {
        continue;
      }
    } catch { // good
    }
  }
  return false;
}
