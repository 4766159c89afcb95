app.get("/items", async (req, res) => {
  const token = await exchange(req.auth);
  await fetch("https://api.example.com/items", { headers: { Authorization: `Bearer ${token}` } }); // good
});

app.get("/own", async (req, res) => {
  await fetch("https://api.example.com/own", { headers: { Authorization: `Bearer ${process.env.API_TOKEN}` } }); // good
});

app.get("/me", async (req, res) => {
  await fetch(`${ISSUER}/userinfo`, { headers: { Authorization: req.headers.authorization } }); // good
});

app.get("/trace", async (req, res) => {
  await fetch("https://api.example.com/trace", { headers: { traceparent: req.headers.traceparent } }); // good
});
