export const headers = {
  "X-Q7-API-KEY": "q8Zr2Lw9Tk4Vb7Xn", // bad
};
