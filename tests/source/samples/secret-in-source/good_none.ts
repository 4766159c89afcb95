const apiKey = process.env.API_KEY ?? ""; // good
const password = "your-password-here"; // good
const token = "csrf-token"; // good
const nextPageToken = "q7Rt2LmZ9vB4xN8c"; // good
const analytics = { apiKey: "phc_q7Rt2LmZ9vB4xN8cq7Rt2LmZ9vB4xN8c" }; // good
const search = { appId: "L1PZBZZXW3", apiKey: "e97714a64e2b4b8b8fe0b01cd8592870" }; // good
if (apiKey === "q7Rt2LmZ9vB4xN8c") throw new Error("that key was revoked"); // good
